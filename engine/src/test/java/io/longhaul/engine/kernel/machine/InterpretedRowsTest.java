package io.longhaul.engine.kernel.machine;

import static org.assertj.core.api.Assertions.assertThat;

import io.longhaul.engine.kernel.Kernels;
import io.longhaul.engine.kernel.Weights;
import io.longhaul.engine.kernel.machine.CodedWeights.Fill;
import io.longhaul.engine.kernel.machine.interpreter.Interpreter;
import io.longhaul.engine.kernel.machine.interpreter.Memory;
import io.longhaul.engine.kernel.scalar.ScalarKernels;
import io.longhaul.engine.tensor.FloatMatrix;
import io.longhaul.engine.tensor.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Rows of weights decoded, and multiplied with one token, the code interpreted: to the bits of the
 * scalar decoder, and of sums in the lanes of a vector.
 */
class InterpretedRowsTest {
  private static final Kernels SCALAR = new ScalarKernels();

  private final Random random = new Random(31);
  private final Arena arena = Arena.ofShared();

  @AfterEach
  void close() {
    arena.close();
  }

  @ParameterizedTest
  @EnumSource(
      names = {
        "F32", "F16", "BF16", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q4_K", "Q5_K", "Q6_K",
        "IQ4_NL"
      })
  void decodedRowsAreTheSameBits(TensorType type) {
    RowStep step = RowSums.step(type).orElseThrow();
    assertDecodes(type, step.columns(), RowDecodeCode.of(step));
  }

  @ParameterizedTest
  @EnumSource(
      names = {
        "F32", "F16", "BF16", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q4_K", "Q5_K", "Q6_K",
        "IQ4_NL"
      })
  void decodedRowsAreTheSameBitsWithAvx2(TensorType type) {
    DecodeAvx2Step step = DecodeAvx2Step.of(type).orElseThrow();
    assertDecodes(type, step.columns(), RowDecodeAvx2Code.of(step));
  }

  private void assertDecodes(TensorType type, int stepColumns, byte[] code) {
    for (Fill fill : Fill.values()) {
      for (int steps = 1; steps <= 2; steps++) {
        int columns = steps * stepColumns;
        Weights weights = weights(type, RowDecodes.ROWS, columns, fill);
        MemorySegment floats = arena.allocate((long) RowDecodes.ROWS * columns * Float.BYTES, 64);
        MemorySegment scratch = arena.allocate(RowDecodes.SCRATCH_BYTES, 64);
        Memory memory =
            new Memory()
                .readable("weights", weights.data())
                .writable("floats", floats)
                .writable("scratch", scratch);
        new RowDecodes(stepColumns, new Interpreter(code, memory)::run)
            .decode(
                weights.data().address(),
                weights.rowBytes(),
                columns,
                floats.address(),
                (long) columns * Float.BYTES,
                scratch.address());
        float[] row = new float[columns];
        for (int r = 0; r < RowDecodes.ROWS; r++) {
          MemorySegment.copy(
              floats, ValueLayout.JAVA_FLOAT, (long) r * columns * Float.BYTES, row, 0, columns);
          assertThat(bits(row)).as("%s, row %d", fill, r).isEqualTo(bits(decoded(weights, r)));
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(
      names = {
        "F32", "F16", "BF16", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q4_K", "Q5_K", "Q6_K",
        "IQ4_NL"
      })
  void sumsOfRowsAreThoseOfSixteenLanes(TensorType type) {
    RowStep step = RowSums.step(type).orElseThrow();
    assertSums(InstructionSet.AVX512, type, new FloatLoop(step));
  }

  @ParameterizedTest
  @EnumSource(names = {"F32", "F16", "BF16"})
  void sumsOfRowsAreThoseOfEightLanesWithAvx2(TensorType type) {
    assertSums(InstructionSet.AVX2, type, PlainAvx2Loop.of(type).orElseThrow());
  }

  private void assertSums(InstructionSet set, TensorType type, RowLoop loop) {
    for (Fill fill : Fill.values()) {
      int rows = 3 * RowSumsCode.ROWS;
      int columns = 2 * loop.columns();
      Weights weights = weights(type, rows, columns, fill);
      MemorySegment x = arena.allocate((long) columns * Float.BYTES, 64);
      for (int c = 0; c < columns; c++) {
        x.setAtIndex(ValueLayout.JAVA_FLOAT, c, (float) random.nextGaussian());
      }
      MemorySegment outputs = arena.allocate((long) rows * Float.BYTES);
      MemorySegment call = arena.allocate(RowSumsCode.CALL_BYTES, 64);
      Memory memory =
          new Memory()
              .readable("weights", weights.data())
              .readable("input", x)
              .writable("outputs", outputs)
              .writable("call", call);
      byte[] code = RowSumsCode.of(set, loop, loop.rowsAtOnce());
      new RowSums(loop.rowsAtOnce(), loop.columns(), new Interpreter(code, memory)::run)
          .multiply(
              weights.data().address(),
              weights.rowBytes(),
              columns,
              rows,
              x.address(),
              outputs.address(),
              call);
      float[] expected = new float[rows];
      for (int r = 0; r < rows; r++) {
        expected[r] = sum(set.lanes(), decoded(weights, r), x);
      }
      assertThat(bits(outputs.toArray(ValueLayout.JAVA_FLOAT)))
          .as(fill.name())
          .isEqualTo(bits(expected));
    }
  }

  /** A sum for each lane in the order of the columns, then of halves, quarters and so on. */
  private static float sum(int count, float[] weights, MemorySegment x) {
    float[] lanes = new float[count];
    for (int c = 0; c < weights.length; c++) {
      float input = x.getAtIndex(ValueLayout.JAVA_FLOAT, c);
      lanes[c % count] = Math.fma(weights[c], input, lanes[c % count]);
    }
    for (int half = count / 2; half > 0; half /= 2) {
      for (int i = 0; i < half; i++) {
        lanes[i] += lanes[i + half];
      }
    }
    return lanes[0];
  }

  private Weights weights(TensorType type, int rows, int columns, Fill fill) {
    return CodedWeights.of(arena, type, rows, columns, fill, random);
  }

  private float[] decoded(Weights weights, int row) {
    FloatMatrix out = FloatMatrix.allocate(arena, 1, weights.columns());
    SCALAR.decodeRow(weights, row, out, 0);
    return out.row(0);
  }

  /** All that are no number count as one. */
  private static int[] bits(float[] values) {
    int[] bits = new int[values.length];
    for (int i = 0; i < bits.length; i++) {
      bits[i] = Float.floatToIntBits(values[i]);
    }
    return bits;
  }
}
