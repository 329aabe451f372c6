package io.longhaul.engine.kernel.machine;

import static org.assertj.core.api.Assertions.assertThat;

import io.longhaul.engine.kernel.machine.interpreter.Interpreter;
import io.longhaul.engine.kernel.machine.interpreter.Memory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The inner loops of attention and of the indexer, interpreted: to the bits of plain loops. */
class InterpretedAttentionTest {
  private static final int POSITIONS = PanelAttentionCode.POSITIONS;

  private final Random random = new Random(47);
  private final Arena arena = Arena.ofShared();

  @AfterEach
  void close() {
    arena.close();
  }

  private MemorySegment gaussian(int count) {
    MemorySegment segment = arena.allocate((long) count * Float.BYTES, 64);
    for (int i = 0; i < count; i++) {
      segment.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) random.nextGaussian());
    }
    return segment;
  }

  private MemorySegment halves(int count) {
    MemorySegment segment = arena.allocate((long) count * Short.BYTES, 64);
    for (int i = 0; i < count; i++) {
      short half = Float.floatToFloat16((float) random.nextGaussian());
      segment.setAtIndex(ValueLayout.JAVA_SHORT, i, half);
    }
    return segment;
  }

  private MemorySegment longs(long... values) {
    MemorySegment segment = arena.allocate((long) values.length * Long.BYTES);
    for (int i = 0; i < values.length; i++) {
      segment.setAtIndex(ValueLayout.JAVA_LONG, i, values[i]);
    }
    return segment;
  }

  private static float halfAt(MemorySegment halves, long i) {
    return Float.float16ToFloat(halves.getAtIndex(ValueLayout.JAVA_SHORT, i));
  }

  private static float at(MemorySegment floats, long i) {
    return floats.getAtIndex(ValueLayout.JAVA_FLOAT, i);
  }

  @Test
  void halvesBecomeFloats() {
    MemorySegment halves = arena.allocate(1 << 17, 64);
    for (int i = 0; i < 1 << 16; i++) {
      halves.setAtIndex(ValueLayout.JAVA_SHORT, i, (short) i);
    }
    MemorySegment floats = arena.allocate(1 << 18, 64);
    Memory memory = new Memory().readable("halves", halves).writable("floats", floats);
    new Interpreter(PanelAttentionCode.halvesToFloats(), memory)
        .run(halves.address(), (1 << 16) / 16, floats.address());
    for (int i = 0; i < 1 << 16; i++) {
      assertThat(at(floats, i)).isEqualTo(Float.valueOf(Float.float16ToFloat((short) i)));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5, 7, 8, 9, 17})
  void scoresOfAnyNumberOfQueries(int rows) {
    int blocks = 4;
    int headDim = blocks * BlockLayout.PAIRS;
    // Keys as pairs of a panel, without the last block's scales.
    int lastBytes = BlockLayout.PAIRS * BlockLayout.PAIR_BYTES;
    int panelBytes = (blocks - 1) * BlockLayout.PANEL_BLOCK_BYTES + lastBytes;
    MemorySegment panel = gaussian(panelBytes / Float.BYTES);
    MemorySegment queries = gaussian(rows * headDim);
    MemorySegment scores = gaussian(rows * POSITIONS);
    MemorySegment call = longs(scores.address(), POSITIONS * (long) Float.BYTES);
    Memory memory =
        new Memory()
            .readable("keys", panel)
            .readable("queries", queries)
            .writable("scores", scores)
            .readable("call", call);
    new Interpreter(PanelAttentionCode.scores(), memory)
        .run(
            panel.address(),
            queries.address(),
            (long) headDim * Float.BYTES,
            blocks,
            rows,
            call.address());
    for (int r = 0; r < rows; r++) {
      for (int p = 0; p < POSITIONS; p++) {
        float sum = 0;
        for (int d = 0; d < headDim; d++) {
          int block = d / BlockLayout.PAIRS * (BlockLayout.PANEL_BLOCK_BYTES / Float.BYTES);
          float key = at(panel, block + d % BlockLayout.PAIRS * POSITIONS + p);
          sum = Math.fma(key, at(queries, r * headDim + d), sum);
        }
        assertThat(at(scores, r * POSITIONS + p)).isEqualTo(sum);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"1,1", "2,32", "3,7", "4,32", "5,31", "9,12"})
  void valuesOfAnyNumberOfRows(int rows, int positions) {
    int headDim = 2 * PanelAttentionCode.COLUMNS; // of which the second half is computed
    int first = PanelAttentionCode.COLUMNS;
    MemorySegment values = gaussian(positions * headDim);
    MemorySegment weights = gaussian(rows * POSITIONS);
    MemorySegment outputs = gaussian(rows * headDim);
    float[] before = outputs.toArray(ValueLayout.JAVA_FLOAT);
    long firstBytes = (long) first * Float.BYTES;
    long headBytes = (long) headDim * Float.BYTES;
    MemorySegment call = longs(outputs.address() + firstBytes, headBytes, headBytes);
    long weightBytes = (long) (rows - 1) * POSITIONS * Float.BYTES + (long) positions * Float.BYTES;
    Memory memory =
        new Memory()
            .readable("values", values.asSlice(firstBytes))
            .readable("weights", weights.asSlice(0, weightBytes))
            .writable("outputs", outputs.asSlice(firstBytes))
            .readable("call", call);
    new Interpreter(PanelAttentionCode.values(), memory)
        .run(
            values.address() + firstBytes,
            weights.address(),
            POSITIONS * (long) Float.BYTES,
            positions,
            rows,
            call.address());
    for (int i = 0; i < rows * headDim; i++) {
      float sum = before[i];
      for (int p = 0; i % headDim >= first && p < positions; p++) {
        float value = at(values, (long) p * headDim + i % headDim);
        sum = Math.fma(value, at(weights, (long) i / headDim * POSITIONS + p), sum);
      }
      assertThat(at(outputs, i)).isEqualTo(sum);
    }
  }

  @ParameterizedTest
  @CsvSource({"1,1,1", "2,3,1", "3,1,2", "4,2,3", "5,1,4", "9,2,2"})
  void scoresWithHalvesAsTheyAreCached(int rows, int steps, int fours) {
    int headDim = steps * DirectAttentionCode.COLUMNS;
    int positions = fours * DirectAttentionCode.POSITIONS;
    int stride = positions + DirectAttentionCode.POSITIONS;
    MemorySegment keys = halves(positions * headDim);
    MemorySegment queries = gaussian(rows * headDim);
    MemorySegment scores = gaussian((rows - 1) * stride + positions);
    float[] before = scores.toArray(ValueLayout.JAVA_FLOAT);
    MemorySegment call = longs(scores.address(), (long) stride * Float.BYTES, fours);
    Memory memory =
        new Memory()
            .readable("keys", keys)
            .readable("queries", queries)
            .writable("scores", scores)
            .readable("call", call);
    new Interpreter(DirectAttentionCode.scores(), memory)
        .run(
            keys.address(),
            queries.address(),
            (long) headDim * Float.BYTES,
            steps,
            rows,
            call.address());
    for (int i = 0; i < before.length; i++) {
      float expected = before[i];
      if (i % stride < positions) {
        expected = dot(keys, i % stride * headDim, queries, i / stride * headDim, headDim);
      }
      assertThat(at(scores, i)).isEqualTo(expected);
    }
  }

  /** Eight sums in the order of the dimensions, then those of every other of four, and so on. */
  private static float dot(
      MemorySegment keys, int key, MemorySegment queries, int query, int headDim) {
    float[] lanes = new float[InstructionSet.AVX2.lanes()];
    for (int d = 0; d < headDim; d++) {
      int lane = d % lanes.length;
      lanes[lane] = Math.fma(halfAt(keys, key + d), at(queries, query + d), lanes[lane]);
    }
    float low = (lanes[0] + lanes[2]) + (lanes[1] + lanes[3]);
    float high = (lanes[4] + lanes[6]) + (lanes[5] + lanes[7]);
    return low + high;
  }

  @ParameterizedTest
  @CsvSource({"1,1", "2,32", "3,7", "4,32", "5,31", "9,12"})
  void valuesFromHalvesAsTheyAreCached(int rows, int positions) {
    int first = DirectAttentionCode.COLUMNS;
    int headDim = 2 * first; // of which the second half is computed
    int stride = positions + 3;
    MemorySegment values = halves(positions * headDim);
    MemorySegment weights = gaussian((rows - 1) * stride + positions);
    MemorySegment outputs = gaussian(rows * headDim);
    float[] before = outputs.toArray(ValueLayout.JAVA_FLOAT);
    long firstBytes = (long) first * Float.BYTES;
    MemorySegment call =
        longs(
            outputs.address() + firstBytes,
            (long) headDim * Float.BYTES,
            (long) headDim * Short.BYTES);
    Memory memory =
        new Memory()
            .readable("values", values.asSlice((long) first * Short.BYTES))
            .readable("weights", weights)
            .writable("outputs", outputs.asSlice(firstBytes))
            .readable("call", call);
    new Interpreter(DirectAttentionCode.values(), memory)
        .run(
            values.address() + (long) first * Short.BYTES,
            weights.address(),
            (long) stride * Float.BYTES,
            positions,
            rows,
            call.address());
    for (int i = 0; i < rows * headDim; i++) {
      float sum = before[i];
      for (int p = 0; i % headDim >= first && p < positions; p++) {
        float value = halfAt(values, (long) p * headDim + i % headDim);
        sum = Math.fma(value, at(weights, (long) i / headDim * stride + p), sum);
      }
      assertThat(at(outputs, i)).isEqualTo(sum);
    }
  }

  @ParameterizedTest
  @CsvSource({"AVX512,16", "AVX512,32", "AVX512,160", "AVX2,8", "AVX2,32", "AVX2,160"})
  void softmax(InstructionSet set, int count) {
    MemorySegment row = gaussian(count);
    float scale = 3;
    // Whatever stands at hidden positions, and a score that is far above the others.
    int first = 1;
    int end = count - 3;
    row.setAtIndex(ValueLayout.JAVA_FLOAT, 0, Float.NaN);
    row.setAtIndex(ValueLayout.JAVA_FLOAT, end, Float.POSITIVE_INFINITY);
    row.setAtIndex(ValueLayout.JAVA_FLOAT, count - 1, 100);
    row.setAtIndex(ValueLayout.JAVA_FLOAT, count / 2, 7);
    float[] before = row.toArray(ValueLayout.JAVA_FLOAT);
    softmax(set, row, count, scale, first, end);
    double sum = 0;
    for (int i = first; i < end; i++) {
      sum += Math.exp(scale * ((double) before[i] - 7));
    }
    for (int i = first; i < end; i++) {
      double expected = Math.exp(scale * ((double) before[i] - 7)) / sum;
      assertThat((double) at(row, i))
          .isBetween(expected * (1 - 1e-5) - 1e-38, expected * (1 + 1e-5) + 1e-38);
    }
    assertThat(at(row, 0)).isEqualTo(0);
    for (int i = end; i < count; i++) {
      assertThat(at(row, i)).isEqualTo(0);
    }
  }

  @ParameterizedTest
  @EnumSource
  void softmaxOfWhatIsNoNumber(InstructionSet set) {
    MemorySegment row = gaussian(32);
    row.setAtIndex(ValueLayout.JAVA_FLOAT, 20, Float.NaN);
    softmax(set, row, 32, 1, 0, 32);
    for (int i = 0; i < 32; i++) {
      assertThat(at(row, i)).isNaN();
    }
  }

  private void softmax(
      InstructionSet set, MemorySegment row, int count, float scale, int first, int end) {
    MemorySegment factor = arena.allocate(Float.BYTES);
    factor.set(ValueLayout.JAVA_FLOAT, 0, scale);
    Memory memory =
        new Memory()
            .writable("row", row)
            .readable("scale", factor)
            .readable("constants", ExponentialCode.TABLE);
    new Interpreter(SoftmaxCode.of(set), memory)
        .run(
            row.address(),
            count / set.lanes(),
            factor.address(),
            ExponentialCode.table(),
            first,
            end);
  }

  @ParameterizedTest
  @CsvSource({"8,32,32", "16,24,64", "32,128,128"})
  void scoresOfTheIndexer(int heads, int headDim, int pageSize) {
    MemorySegment keys = halves(headDim * pageSize);
    keys.setAtIndex(ValueLayout.JAVA_SHORT, 5, (short) 0x7E00); // position 5: no number
    MemorySegment queries = gaussian(heads * headDim);
    MemorySegment weights = gaussian(heads);
    MemorySegment out = gaussian(pageSize);
    Memory memory =
        new Memory()
            .readable("keys", keys)
            .readable("queries", queries)
            .readable("weights", weights)
            .writable("out", out);
    new Interpreter(IndexScoresCode.of(heads, headDim, pageSize), memory)
        .run(keys.address(), queries.address(), weights.address(), out.address(), 1 << 20);
    for (int p = 0; p < pageSize; p++) {
      float score = 0;
      for (int h = 0; h < heads; h++) {
        float dot = 0;
        for (int d = 0; d < headDim; d++) {
          float value = halfAt(keys, (long) d * pageSize + p);
          dot = Math.fma(value, at(queries, (long) h * headDim + d), dot);
        }
        // What is no number counts as none.
        score = Math.fma(dot > 0 ? dot : 0, at(weights, h), score);
      }
      assertThat(at(out, p)).isEqualTo(score);
    }
  }
}
