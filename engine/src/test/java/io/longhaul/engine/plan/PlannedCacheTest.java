package io.longhaul.engine.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.longhaul.engine.file.ModelFile;
import io.longhaul.engine.json.Json;
import io.longhaul.engine.model.Architectures;
import io.longhaul.engine.model.Checkpoint;
import io.longhaul.engine.model.Decoder;
import io.longhaul.engine.model.HfConfig;
import io.longhaul.engine.tensor.TensorType;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The plan counts the bytes of a token's cache that the loader then takes. */
class PlannedCacheTest {
  static List<Path> checkpoints() throws IOException, URISyntaxException {
    Path root =
        Path.of(
            Objects.requireNonNull(Decoder.class.getResource("sparse"), "test resources").toURI());
    try (Stream<Path> folders = Files.list(root)) {
      return folders.sorted().toList();
    }
  }

  @ParameterizedTest
  @MethodSource("checkpoints")
  void theLoaderTakesWhatThePlanCounts(Path folder) throws IOException {
    Path config = folder.resolve("config.json");
    try (Arena arena = Arena.ofShared();
        ModelFile file = ModelFile.open(folder)) {
      HfConfig fields =
          new HfConfig(
              config.toString(), Json.readObject(config.toString(), Files.readAllBytes(config)));
      Decoder decoder =
          Architectures.load(
              new Checkpoint(file, new Checkpoint.Source.HuggingFace(fields), arena, false));
      CacheRows planned = ModelShape.open(folder).structure().cache();
      for (TensorType type : List.of(TensorType.F32, TensorType.F16, TensorType.BF16)) {
        assertThat(planned.withType(type).bytesPerToken())
            .as("%s, %s", folder.getFileName(), type)
            .isEqualTo(decoder.cacheLayout(type, false).bytesPerToken());
      }
    }
  }
}
