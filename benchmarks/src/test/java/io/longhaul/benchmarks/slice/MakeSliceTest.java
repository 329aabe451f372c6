package io.longhaul.benchmarks.slice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.longhaul.engine.file.GgufFile;
import io.longhaul.engine.file.Metadata;
import io.longhaul.engine.file.ModelFile;
import io.longhaul.engine.kernel.scalar.ScalarDecoders;
import io.longhaul.engine.tensor.Tensor;
import io.longhaul.engine.tensor.TensorType;
import io.longhaul.engine.text.Tokenizers;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class MakeSliceTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({"20000000,Q8_0", "40000000,Q4_K", "60000000,F16", "30000000,Q4_0", "60000000,BF16"})
  void theFileIsAlmostAsLargeAsAskedFor(long bytes, TensorType type) throws IOException {
    GlmSlice slice = plan(bytes, type).choose();
    Path file = write(slice, 2);
    assertThat(Files.size(file)).isEqualTo(slice.fileBytes());
    assertThat(Files.size(file)).isBetween(bytes - bytes / 20, bytes);
    assertThat(slice.denseLayers()).isLessThan(slice.layers());
  }

  @Test
  void realSizesAreMetWithinFivePercent() {
    for (TensorType type : List.of(TensorType.Q8_0, TensorType.Q4_K)) {
      for (long bytes :
          new long[] {653_000_000L, 4_000_000_000L, 12_000_000_000L, 30_000_000_000L}) {
        assertThat(plan(GlmWidths.GLM_5_2, bytes, type).choose().fileBytes())
            .isBetween(bytes - bytes / 20, bytes);
      }
    }
  }

  @Test
  void theSharingOfSelectionsIsThatOfGlm52() {
    GlmSlice slice = SmallSlice.of(12, 3, 8, TensorType.Q8_0);
    assertThat(IntStream.range(0, 12).filter(slice::selects).toArray())
        .containsExactly(0, 1, 2, 6, 10);
  }

  @Test
  void tensorsHaveTheShapesOfTheArchitecture() throws IOException {
    Path file = write(SmallSlice.of(5, 1, 9, TensorType.Q4_K), 3);
    try (ModelFile model = ModelFile.open(file)) {
      assertThat(shape(model, "token_embd.weight")).containsExactly(300L, 512L);
      assertThat(shape(model, "output.weight")).containsExactly(300L, 512L);
      assertThat(shape(model, "blk.0.attn_q_b.weight")).containsExactly(4 * 256L, 256L);
      assertThat(shape(model, "blk.0.attn_kv_a_mqa.weight")).containsExactly(320L, 512L);
      assertThat(shape(model, "blk.4.attn_k_b.weight")).containsExactly(4L, 256L, 192L);
      assertThat(shape(model, "blk.4.attn_v_b.weight")).containsExactly(4L, 256L, 256L);
      assertThat(shape(model, "blk.4.attn_output.weight")).containsExactly(512L, 1024L);
      assertThat(shape(model, "blk.2.indexer.attn_q_b.weight")).containsExactly(4096L, 256L);
      assertThat(shape(model, "blk.2.indexer.proj.weight")).containsExactly(32L, 512L);
      assertThat(model.tensor("blk.3.indexer.proj.weight")).isEmpty();
      assertThat(shape(model, "blk.0.ffn_down.weight")).containsExactly(512L, 1024L);
      assertThat(model.tensor("blk.1.ffn_down.weight")).isEmpty();
      assertThat(shape(model, "blk.1.ffn_gate_exps.weight")).containsExactly(9L, 256L, 512L);
      assertThat(shape(model, "blk.1.ffn_down_exps.weight")).containsExactly(9L, 512L, 256L);
      assertThat(shape(model, "blk.1.ffn_down_shexp.weight")).containsExactly(512L, 256L);
      assertThat(shape(model, "blk.1.exp_probs_b.bias")).containsExactly(9L);
      // Rows of 192 are no whole blocks of Q4_K.
      assertThat(model.tensor("blk.4.attn_k_b.weight").orElseThrow().type())
          .isEqualTo(TensorType.Q8_0);
      assertThat(model.tensor("blk.4.attn_output.weight").orElseThrow().type())
          .isEqualTo(TensorType.Q4_K);
      Metadata metadata = ((GgufFile) model).metadata();
      assertThat(metadata.requireInteger("glm-dsa.expert_used_count")).isEqualTo(8);
      assertThat(metadata.requireInteger("glm-dsa.attention.key_length")).isEqualTo(320);
      assertThat(metadata.requireInteger("glm-dsa.attention.key_length_mla")).isEqualTo(256);
    }
  }

  @Test
  void theTokenizerReadsAndWritesAnyText() throws IOException {
    Path file = write(SmallSlice.of(3, 3, 0, TensorType.Q8_0), 1);
    try (ModelFile model = ModelFile.open(file)) {
      var tokenizer = Tokenizers.fromGguf(((GgufFile) model).metadata());
      String text = "the weather, Łódź 12°C \n";
      int[] ids = tokenizer.encode(text, false);
      assertThat(tokenizer.decode(ids)).isEqualTo(text);
    }
  }

  @ParameterizedTest
  @EnumSource(
      mode = EnumSource.Mode.EXCLUDE,
      names = {"F64", "F8_E4M3", "I8", "I16", "I32", "I64", "U8", "BOOL"})
  void weightsHaveTheMeanAndDeviationAskedFor(TensorType type) {
    int columns = 1 << 18;
    float deviation = 0.01f;
    MemorySegment bytes = MemorySegment.ofArray(new byte[(int) type.bytes(columns)]);
    new RandomBlocks(type, new SliceTensor.Random(deviation), 5).fill(bytes);
    float[] weights = decode(type, bytes, columns);
    double sum = 0;
    double squares = 0;
    for (float weight : weights) {
      sum += weight;
      squares += (double) weight * weight;
    }
    // Blocks of Q2_K and Q5_K have means of their own, and there are 1,024 of them.
    assertThat(sum / columns).isCloseTo(0, within(deviation * 0.03));
    assertThat(Math.sqrt(squares / columns)).isCloseTo(deviation, within(deviation * 0.02));
    assertThat(Arrays.copyOf(weights, columns / 2))
        .isNotEqualTo(Arrays.copyOfRange(weights, columns / 2, columns));
  }

  @Test
  void whatCannotBeWrittenIsAnErrorInALineAndLeavesNothing() throws IOException {
    Path taken = Files.createDirectories(folder.resolve("taken").resolve("inner")).getParent();
    var command = MakeSlice.command();
    var err = new StringWriter();
    command.setErr(new PrintWriter(err, true));
    command.setOut(new PrintWriter(new StringWriter()));
    int exit =
        command.execute("--architecture=llama", "--layers=1", "--vocabulary=512", taken.toString());
    assertThat(exit).isEqualTo(1);
    assertThat(err.toString()).contains("not written: ").contains("taken").doesNotContain("\tat ");
    try (var files = Files.list(taken.getParent())) {
      assertThat(files).containsExactly(taken);
    }
  }

  @Test
  void threadsDoNotChangeTheFile() throws IOException {
    GlmSlice slice = SmallSlice.of(4, 1, 8, TensorType.Q8_0);
    byte[] one = Files.readAllBytes(write(slice, 1));
    assertThat(Files.readAllBytes(write(slice, 4))).isEqualTo(one);
  }

  @Test
  void aTooSmallSizeIsAnError() {
    assertThatThrownBy(() -> plan(100_000, TensorType.Q8_0).choose())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("hold no 3 dense layers");
  }

  @Test
  void theCommandSaysWhatItChose() {
    var command = MakeSlice.command();
    var out = new StringWriter();
    command.setOut(new PrintWriter(out));
    int exit = command.execute("--size", "4G", "--plan", "unused");
    assertThat(exit).isZero();
    assertThat(out.toString()).contains("5 layers (1 dense of width 12288), 16 experts");
    command.setErr(new PrintWriter(out));
    assertThat(command.execute("--size", "much", "unused")).isEqualTo(2);
    assertThat(out.toString()).contains("'much' is no size");
  }

  @Test
  void nothingIsLeftWhereAFileCannotBeWritten() throws IOException {
    Path occupied = folder.resolve("occupied");
    Files.createDirectories(occupied.resolve("child"));
    assertThatThrownBy(
            () ->
                new SliceWriter(SmallSlice.of(3, 3, 0, TensorType.Q4_0), 1, 2)
                    .write(occupied, n -> {}))
        .isInstanceOf(IOException.class);
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files).containsExactly(occupied);
    }
  }

  @Test
  void theLlamaHasElevenHundredMillionParameters() {
    LlamaShape shape = LlamaShape.tinyLlama(32_000, 22, new Matrices(TensorType.Q8_0, 0.6));
    assertThat(shape.tensors().stream().mapToLong(SliceTensor::elements).sum())
        .isEqualTo(1_100_048_384);
  }

  @Test
  void sizesHaveUnits() {
    assertThat(ByteSize.parse("0.65G")).isEqualTo(650_000_000);
    assertThat(ByteSize.parse("2Gi")).isEqualTo(2L << 30);
    assertThat(ByteSize.parse("653MB")).isEqualTo(653_000_000);
    assertThat(ByteSize.parse("17")).isEqualTo(17);
  }

  private static float[] decode(TensorType type, MemorySegment bytes, int count) {
    MemorySegment floats = MemorySegment.ofArray(new float[count]);
    ScalarDecoders.of(type).decode(bytes, 0, count, floats, 0);
    return floats.toArray(ValueLayout.JAVA_FLOAT);
  }

  private static GlmSlicePlan plan(long bytes, TensorType type) {
    return plan(SmallSlice.WIDTHS, bytes, type);
  }

  private static GlmSlicePlan plan(GlmWidths widths, long bytes, TensorType type) {
    OptionalInt none = OptionalInt.empty();
    return new GlmSlicePlan(widths, bytes, new Matrices(type, 0.6), 4, none, none, none, none);
  }

  private Path write(SliceModel model, int threads) throws IOException {
    Path file = folder.resolve("slice.gguf");
    new SliceWriter(model, 1, threads).write(file, written -> {});
    return file;
  }

  private static List<Long> shape(ModelFile model, String name) {
    return model.tensor(name).map(Tensor::shape).orElseThrow();
  }
}
