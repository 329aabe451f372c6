package io.longhaul.engine.convert;

import static org.assertj.core.api.Assertions.assertThat;

import io.longhaul.engine.LoadOptions;
import io.longhaul.engine.Model;
import io.longhaul.engine.Session;
import io.longhaul.engine.SessionOptions;
import io.longhaul.engine.file.GgufFile;
import io.longhaul.engine.file.GgufType;
import io.longhaul.engine.file.GgufWriter;
import io.longhaul.engine.file.ModelFile;
import io.longhaul.engine.kernel.KernelChoice;
import io.longhaul.engine.kernel.scalar.ScalarDecoders;
import io.longhaul.engine.model.Decoder;
import io.longhaul.engine.tensor.Tensor;
import io.longhaul.engine.tensor.TensorType;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Converted checkpoints compute what the checkpoints themselves compute. */
class ConvertedModelTest {
  private static final LoadOptions SCALAR = new LoadOptions(2, KernelChoice.SCALAR);

  @TempDir Path temp;

  private static Path checkpoint(String name) {
    try {
      return Path.of(
              Objects.requireNonNull(Decoder.class.getResource("sparse"), "test resources").toURI())
          .resolve(name);
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private Path convert(String name, TensorType type) throws IOException {
    Path file = temp.resolve(name + "." + type + ".gguf");
    Converter.convert(checkpoint(name), file, ConversionOptions.of(type), (done, total) -> {});
    return file;
  }

  /** Every logit of a text several times the selection. */
  private static List<float[]> logits(Path path) {
    List<float[]> rows = new ArrayList<>();
    try (Model model = Model.load(path, SCALAR);
        Session session =
            model.newSession(SessionOptions.defaults().withCacheType(TensorType.F32))) {
      int vocabulary = model.vocabularySize();
      int[] text = IntStream.range(0, 60).map(i -> (i * i + 5 * i + 3) % vocabulary).toArray();
      session.logits(text, p -> true, (p, row) -> rows.add(row));
    }
    return rows;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "deepseek-v3-plain",
        "deepseek-v3-yarn",
        "deepseek-v32-plain",
        "glm-moe-dsa-plain",
        "glm-moe-dsa-shared",
        "glm-moe-dsa-drafting",
        "glm-moe-dsa-fp8-shared",
        "glm4-moe-lite-plain",
        "glm4-moe-plain",
        "qwen3-moe-plain"
      })
  void theConvertedFileGivesTheLogitsOfTheCheckpoint(String name) throws IOException {
    List<float[]> expected = logits(checkpoint(name));
    List<float[]> actual = logits(convert(name, TensorType.F32));
    double deviation = deviation(expected);
    for (int p = 0; p < expected.size(); p++) {
      for (int i = 0; i < expected.get(p).length; i++) {
        assertThat((double) Math.abs(actual.get(p)[i] - expected.get(p)[i]))
            .as("%s, position %d, token %d", name, p, i)
            .isLessThan(1e-4 * deviation);
      }
    }
  }

  /** Exact: the same weights, decoded beforehand, in floats. */
  @ParameterizedTest
  @CsvSource({
    "glm-moe-dsa-plain,F16",
    "glm-moe-dsa-plain,BF16",
    "glm-moe-dsa-plain,Q8_0",
    "glm-moe-dsa-plain,Q4_0",
    "glm-moe-dsa-shared,Q8_0",
    "deepseek-v3-plain,Q4_0",
    "glm4-moe-plain,Q8_0",
    "qwen3-moe-plain,Q8_0"
  })
  void quantizedWeightsComputeWhatTheSameWeightsInFloatsCompute(String name, TensorType type)
      throws IOException {
    Path quantized = convert(name, type);
    List<float[]> expected = logits(decoded(quantized));
    List<float[]> actual = logits(quantized);
    for (int p = 0; p < expected.size(); p++) {
      assertThat(actual.get(p)).as("%s %s, position %d", name, type, p).isEqualTo(expected.get(p));
    }
  }

  /** The same file with every tensor in F32. */
  private Path decoded(Path quantized) throws IOException {
    Path file = temp.resolve("decoded.gguf");
    try (ModelFile opened = ModelFile.open(quantized);
        Arena arena = Arena.ofConfined()) {
      GgufWriter writer = new GgufWriter();
      ((GgufFile) opened).metadata().values().forEach((key, value) -> put(writer, key, value));
      for (Tensor tensor : opened.tensors()) {
        int count = Math.toIntExact(tensor.elements());
        MemorySegment floats = arena.allocate(4L * count, 4);
        ScalarDecoders.of(tensor.type()).decode(tensor.data(), 0, count, floats, 0);
        writer.tensor(
            tensor.name(),
            TensorType.F32,
            tensor.shape(),
            sink -> sink.write(0, floats.asByteBuffer()));
      }
      writer.write(file);
    }
    return file;
  }

  private static void put(GgufWriter writer, String key, Object value) {
    switch (value) {
      case String text -> writer.string(key, text);
      case Boolean flag -> writer.bool(key, flag);
      case Double number -> writer.float32(key, (float) (double) number);
      case Long number -> writer.uint32(key, number);
      case long[] numbers ->
          writer.array(key, GgufType.INT32, LongStream.of(numbers).boxed().toList());
      case boolean[] flags ->
          writer.array(
              key,
              GgufType.BOOL,
              IntStream.range(0, flags.length).mapToObj(i -> flags[i]).toList());
      default -> throw new IllegalArgumentException(key + ": " + value);
    }
  }

  private static double deviation(List<float[]> rows) {
    double sum = 0;
    double squares = 0;
    long n = 0;
    for (float[] row : rows) {
      for (float x : row) {
        sum += x;
        squares += (double) x * x;
        n++;
      }
    }
    return Math.sqrt(squares / n - sum / n * sum / n);
  }
}
