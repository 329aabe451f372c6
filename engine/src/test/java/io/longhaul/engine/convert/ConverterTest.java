package io.longhaul.engine.convert;

import static org.assertj.core.api.Assertions.assertThat;

import io.longhaul.engine.file.GgufFile;
import io.longhaul.engine.file.ModelFile;
import io.longhaul.engine.json.Json;
import io.longhaul.engine.tensor.Tensor;
import io.longhaul.engine.tensor.TensorType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.zip.CRC32;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files of every architecture and type against those of llama.cpp, field by field. */
class ConverterTest {
  @TempDir Path temp;

  /** The quantizer quantizes what the converter says must stay F32. */
  private static final String INDEXER_WEIGHTS = ".indexer.proj.weight";

  /** Fields that llama.cpp's converter leaves out where a reader would guess wrong. */
  private static final Set<String> MORE =
      Set.of(
          "tokenizer.ggml.eos_token_ids",
          "tokenizer.ggml.add_bos_token",
          "gemma3.attention.sliding_window_pattern",
          "gemma3.vocab_size",
          "qwen3.vocab_size",
          "qwen3moe.vocab_size",
          "glm4moe.vocab_size");

  @ParameterizedTest
  @ValueSource(
      strings = {
        "llama-plain",
        "llama-biases-llama3",
        "llama-linear-sharded",
        "llama-fp8",
        "llama-wide",
        "qwen3-plain",
        "qwen3-tied-yarn",
        "gemma3-plain",
        "qwen3-moe",
        "glm4-moe",
        "glm4-moe-lite",
        "deepseek-v3",
        "deepseek-v32",
        "glm-moe-dsa"
      })
  void asLlamaCppConverts(String name) throws IOException {
    Map<String, Object> byType = ConversionFixture.expected(name);
    assertThat(byType).hasSize(ConversionOptions.TYPES.size());
    for (TensorType type : ConversionOptions.TYPES) {
      Path target = temp.resolve(name + "." + type + ".gguf");
      Conversion conversion =
          Converter.convert(
              ConversionFixture.checkpoint(name),
              target,
              ConversionOptions.of(type).withThreads(2),
              ConversionListener.NONE);
      Map<String, Object> expected = Json.asObject(name, "type", byType.get(type.name()));
      try (GgufFile file = (GgufFile) ModelFile.open(target)) {
        compareTensors(name + " " + type, expected, file);
        compareMetadata(name + " " + type, expected, file, conversion);
      }
    }
  }

  private static void compareTensors(String what, Map<String, Object> expected, GgufFile file) {
    Map<String, String> wanted = new TreeMap<>();
    Json.asObject(what, "tensors", expected.get("tensors"))
        .forEach((name, value) -> wanted.put(name, value.toString()));
    Map<String, String> found = new TreeMap<>();
    for (Tensor tensor : file.tensors()) {
      CRC32 crc = new CRC32();
      crc.update(tensor.data().asByteBuffer());
      found.put(tensor.name(), List.of(tensor.type(), tensor.shape(), crc.getValue()).toString());
      if (tensor.name().endsWith(INDEXER_WEIGHTS)) {
        assertThat(tensor.type()).isEqualTo(TensorType.F32);
        wanted.put(tensor.name(), found.get(tensor.name()));
      }
    }
    assertThat(found).as(what).isEqualTo(wanted);
  }

  private static void compareMetadata(
      String what, Map<String, Object> expected, GgufFile file, Conversion conversion) {
    Map<String, Object> wanted = new LinkedHashMap<>();
    Json.asObject(what, "metadata", expected.get("metadata"))
        .forEach((key, value) -> wanted.put(key, ((List<?>) value).get(1)));
    Map<String, Object> found = new LinkedHashMap<>(file.metadata().values());
    found.replaceAll((key, value) -> plain(value));
    for (String key : MORE) {
      if (!wanted.containsKey(key)) {
        found.remove(key);
      }
    }
    assertThat(new TreeSet<>(found.keySet())).as(what).isEqualTo(new TreeSet<>(wanted.keySet()));
    List<String> different = new ArrayList<>();
    wanted.forEach(
        (key, value) -> {
          if (!plain(value).equals(found.get(key))) {
            different.add(key + " is " + found.get(key) + ", expected " + value);
          }
        });
    assertThat(different).as(what).isEmpty();
    assertThat(conversion.architecture()).isEqualTo(wanted.get("general.architecture"));
  }

  /** Arrays as lists, floats as the 32 bits that both stand for. */
  private static Object plain(Object value) {
    return switch (value) {
      case long[] array -> Arrays.stream(array).boxed().toList();
      case double[] array -> Arrays.stream(array).mapToObj(ConverterTest::plain).toList();
      case boolean[] array -> {
        List<Object> list = new ArrayList<>();
        for (boolean element : array) {
          list.add(element);
        }
        yield list;
      }
      case String[] array -> List.of(array);
      case Double number -> number.floatValue();
      default -> value;
    };
  }
}
