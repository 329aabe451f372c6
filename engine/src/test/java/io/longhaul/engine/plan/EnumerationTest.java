package io.longhaul.engine.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.longhaul.engine.file.ModelFile;
import io.longhaul.engine.json.Json;
import io.longhaul.engine.model.HfConfig;
import io.longhaul.engine.tensor.Tensor;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The tensors worked out from a configuration are those that transformers saved for it. */
class EnumerationTest {
  private static final Path TINY = Path.of("src/test/resources/io/longhaul/engine/model/tiny");

  @ParameterizedTest
  @ValueSource(
      strings = {
        "llama-plain",
        "llama-biases-llama3",
        "llama-linear-sharded",
        "llama-fp8",
        "qwen3-plain",
        "qwen3-tied-yarn",
        "gemma3-plain",
        "gemma3-scaled"
      })
  void equalsTheFile(String name) {
    ModelShape config = ModelShape.open(TINY.resolve(name).resolve("config.json"));
    try (ModelFile file = ModelFile.open(TINY.resolve(name))) {
      assertThat(expanded(config)).isEqualTo(saved(file));
    }
    ModelShape files = ModelShape.open(TINY.resolve(name));
    assertThat(files).isInstanceOf(ModelShape.OfFiles.class);
    assertThat(files.total()).isEqualTo(config.total());
    assertThat(files.byRole()).isEqualTo(config.byRole());
    assertThat(files.byType()).isEqualTo(config.byType());
    assertThat(files.active()).isEqualTo(config.active());
  }

  /** A GGUF of the same kind of model: as many numbers as its header lists, none without a role. */
  @ParameterizedTest
  @ValueSource(strings = {"gguf-gemma3-q8_0", "gguf-llama-llama3", "gguf-qwen3-yarn"})
  void takesAllOfAGguf(String name) {
    Path path = TINY.resolve(name).resolve("model.gguf");
    ModelShape shape = ModelShape.open(path);
    try (ModelFile file = ModelFile.open(path)) {
      assertThat(shape.total().parameters())
          .isEqualTo(file.tensors().stream().mapToLong(Tensor::elements).sum());
      assertThat(shape.total().bytes())
          .isEqualTo(file.tensors().stream().mapToLong(t -> t.data().byteSize()).sum());
    }
    assertThat(shape.byRole())
        .containsKeys(
            TensorRole.EMBEDDING, TensorRole.ATTENTION, TensorRole.DENSE, TensorRole.NORMS)
        .doesNotContainKeys(TensorRole.OTHER, TensorRole.UNUSED, TensorRole.DRAFT);
  }

  /** Models with experts; transformers saves no draft layers, whatever the configuration says. */
  @ParameterizedTest
  @MethodSource("lists")
  void equalsWhatTransformersSaves(String name, Map<String, Object> list) {
    Map<String, Object> config = Json.asObject(name, "config", list.get("config"));
    ModelShape shape = ModelShape.ofConfig(new HfConfig(name, config));
    Map<String, Object> trunk = new HashMap<>();
    expanded(shape)
        .forEach(
            (tensor, dimensions) -> {
              if (TensorRole.layer(tensor) < shape.structure().layers()) {
                trunk.put(tensor, dimensions);
              }
            });
    assertThat(trunk).isEqualTo(list.get("tensors"));
    assertThat(shape.byRole())
        .containsKeys(TensorRole.ROUTER, TensorRole.EXPERTS)
        .doesNotContainKeys(TensorRole.OTHER, TensorRole.UNUSED);
  }

  static Stream<Arguments> lists() throws IOException {
    try (InputStream file = EnumerationTest.class.getResourceAsStream("tensor-lists.json.gz");
        InputStream json = new GZIPInputStream(file)) {
      return Json.readObject("tensor-lists.json.gz", json.readAllBytes()).entrySet().stream()
          .map(entry -> Arguments.of(entry.getKey(), entry.getValue()));
    }
  }

  private static Map<String, List<Long>> expanded(ModelShape shape) {
    Map<String, List<Long>> tensors = new HashMap<>();
    for (WeightTensor tensor : shape.tensors()) {
      for (int copy = 0; copy < tensor.copies(); copy++) {
        tensors.put(tensor.name().replace("*", Integer.toString(copy)), tensor.shape());
      }
    }
    return tensors;
  }

  private static Map<String, List<Long>> saved(ModelFile file) {
    Map<String, List<Long>> tensors = new HashMap<>();
    for (Tensor tensor : file.tensors()) {
      if (!tensor.name().endsWith("_scale_inv")) {
        tensors.put(tensor.name(), tensor.shape());
      }
    }
    return tensors;
  }
}
