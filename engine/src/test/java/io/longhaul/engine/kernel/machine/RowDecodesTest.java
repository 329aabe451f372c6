package io.longhaul.engine.kernel.machine;

import static org.assertj.core.api.Assertions.assertThat;

import io.longhaul.engine.kernel.Kernels;
import io.longhaul.engine.kernel.Weights;
import io.longhaul.engine.kernel.scalar.ScalarDecoders;
import io.longhaul.engine.kernel.scalar.ScalarKernels;
import io.longhaul.engine.tensor.FloatMatrix;
import io.longhaul.engine.tensor.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Rows decoded by assembled code. */
class RowDecodesTest {
  private static final int COLUMNS = 768;

  @ParameterizedTest
  @EnumSource(names = {"IQ1_S", "IQ1_M", "IQ2_XXS", "IQ2_XS", "IQ2_S", "IQ3_XXS", "IQ3_S"})
  void givesTheBitsOfTheScalarDecoder(TensorType type) {
    Optional<RowDecodes> code = RowDecodes.of(type);
    assertThat(code.isPresent()).isEqualTo(InstructionSet.isAvx2());
    if (code.isEmpty()) {
      return; // other instructions decode these types by the scalar decoder itself
    }
    Random random = new Random(31);
    try (Arena arena = Arena.ofConfined()) {
      long rowBytes = type.bytes(COLUMNS);
      MemorySegment rows = arena.allocate(RowDecodes.ROWS * rowBytes, 64);
      for (long at = 0; at < rows.byteSize(); at++) {
        rows.set(ValueLayout.JAVA_BYTE, at, (byte) random.nextInt(256));
      }
      MemorySegment floats = arena.allocate((long) RowDecodes.ROWS * COLUMNS * Float.BYTES, 64);
      MemorySegment work = arena.allocate(RowDecodes.SCRATCH_BYTES, 64);
      code.get()
          .decode(
              rows.address(),
              rowBytes,
              COLUMNS,
              floats.address(),
              (long) COLUMNS * Float.BYTES,
              work.address());
      MemorySegment expected = arena.allocate((long) COLUMNS * Float.BYTES, 64);
      for (int r = 0; r < RowDecodes.ROWS; r++) {
        ScalarDecoders.of(type).decode(rows, r * rowBytes, COLUMNS, expected, 0);
        for (int c = 0; c < COLUMNS; c++) {
          float value = floats.getAtIndex(ValueLayout.JAVA_FLOAT, (long) r * COLUMNS + c);
          // Of a NaN, that it is one.
          assertThat(Float.floatToIntBits(value))
              .as("row %d, column %d", r, c)
              .isEqualTo(Float.floatToIntBits(expected.getAtIndex(ValueLayout.JAVA_FLOAT, c)));
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(
      names = {
        "F32", "F16", "BF16", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q2_K", "Q3_K", "Q4_K",
        "Q5_K", "Q6_K", "IQ1_S", "IQ1_M", "IQ2_XXS", "IQ2_XS", "IQ2_S", "IQ3_XXS", "IQ3_S",
        "IQ4_NL", "IQ4_XS", "MXFP4"
      })
  void oneRowIsThatOfTheScalarTwin(TensorType type) {
    Kernels machine = new MachineKernels();
    Kernels scalar = new ScalarKernels();
    Random random = new Random(37);
    try (Arena arena = Arena.ofConfined()) {
      for (int columns : new int[] {type.blockSize(), COLUMNS}) {
        Weights weights =
            CodedWeights.of(arena, type, 3, columns, CodedWeights.Fill.RANDOM, random);
        FloatMatrix actual = FloatMatrix.allocate(arena, 4, columns);
        FloatMatrix expected = FloatMatrix.allocate(arena, 4, columns);
        machine.decodeRow(weights, 2, actual, 1);
        scalar.decodeRow(weights, 2, expected, 1);
        for (int r = 0; r < 4; r++) {
          assertThat(actual.row(r))
              .as("row %d of %d columns", r, columns)
              .isEqualTo(expected.row(r));
        }
      }
    }
  }
}
