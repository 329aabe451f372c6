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
 * scalar decoder, and of sums in sixteen lanes.
 */
class InterpretedRowsTest {
  private static final int LANES = 16;
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
    for (Fill fill : Fill.values()) {
      for (int steps = 1; steps <= 2; steps++) {
        int columns = steps * step.columns();
        Weights weights = weights(type, RowDecodes.ROWS, columns, fill);
        MemorySegment floats = arena.allocate((long) RowDecodes.ROWS * columns * Float.BYTES, 64);
        MemorySegment scratch = arena.allocate(RowDecodes.SCRATCH_BYTES, 64);
        Memory memory =
            new Memory()
                .readable("weights", weights.data())
                .writable("floats", floats)
                .writable("scratch", scratch);
        new RowDecodes(step.columns(), new Interpreter(RowDecodeCode.of(step), memory)::run)
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
    for (Fill fill : Fill.values()) {
      int rows = 3 * RowSumsCode.ROWS;
      int columns = 2 * step.columns();
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
      byte[] code = RowSumsCode.of(InstructionSet.AVX512, new FloatLoop(step), RowSumsCode.ROWS);
      new RowSums(step.columns(), new Interpreter(code, memory)::run)
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
        expected[r] = sum(decoded(weights, r), x);
      }
      assertThat(bits(outputs.toArray(ValueLayout.JAVA_FLOAT)))
          .as(fill.name())
          .isEqualTo(bits(expected));
    }
  }

  /** Sixteen sums in the order of the columns, then of halves, quarters and so on. */
  private static float sum(float[] weights, MemorySegment x) {
    float[] lanes = new float[LANES];
    for (int c = 0; c < weights.length; c++) {
      float input = x.getAtIndex(ValueLayout.JAVA_FLOAT, c);
      lanes[c % LANES] = Math.fma(weights[c], input, lanes[c % LANES]);
    }
    for (int half = LANES / 2; half > 0; half /= 2) {
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
