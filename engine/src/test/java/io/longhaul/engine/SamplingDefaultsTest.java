package io.longhaul.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.longhaul.engine.file.GgufWriter;
import io.longhaul.engine.file.ModelFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SamplingDefaultsTest {
  private static final Path TINY =
      Path.of("src/test/resources/io/longhaul/engine/model/tiny/llama-plain");

  @TempDir Path folder;

  @BeforeEach
  void copy() throws IOException {
    Files.copy(TINY.resolve("config.json"), folder.resolve("config.json"));
    Files.copy(TINY.resolve("model.safetensors"), folder.resolve("model.safetensors"));
  }

  private static Optional<Sampling> of(Path path) {
    try (ModelFile file = ModelFile.open(path)) {
      return SamplingDefaults.of(file);
    }
  }

  private Optional<Sampling> ofConfig(String json) throws IOException {
    Files.writeString(folder.resolve("generation_config.json"), json);
    return of(folder);
  }

  @Test
  void generationConfig() throws IOException {
    assertThat(of(folder)).isEmpty();
    assertThat(ofConfig("{\"eos_token_id\": [1, 2]}")).isEmpty();
    assertThat(ofConfig("{\"temperature\": 1.0, \"top_p\": 0.95}"))
        .hasValue(Sampling.random(1, 0).withCuts(0, 0.95, 0));
    assertThat(ofConfig("{\"temperature\": 0.6, \"top_k\": 20, \"repetition_penalty\": 1.1}"))
        .hasValue(Sampling.random(0.6, 0).withCuts(20, 1, 0).withPenalties(1.1, 0, 0, 64));
    assertThat(ofConfig("{\"do_sample\": false, \"temperature\": 0.6}")).isEmpty();
  }

  @Test
  void whatCannotBeIsToldWithTheFile() {
    assertThatThrownBy(() -> ofConfig("{\"temperature\": \"hot\"}"))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("generation_config.json: temperature is hot, expected a number");
    assertThatThrownBy(() -> ofConfig("{\"top_p\": 7}"))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining(folder.toString())
        .hasMessageContaining("topP is 7.0");
  }

  @Test
  void gguf() throws IOException {
    Path file =
        new GgufWriter()
            .string("general.architecture", "llama")
            .float32("general.sampling.temp", 0.5f)
            .uint32("general.sampling.top_k", 30)
            .uint32("general.sampling.penalty_last_n", 8)
            .write(folder.resolve("m.gguf"));
    assertThat(of(file))
        .hasValue(Sampling.random(0.5, 0).withCuts(30, 1, 0).withPenalties(1, 0, 0, 8));
  }
}
