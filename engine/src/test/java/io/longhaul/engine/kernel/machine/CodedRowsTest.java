package io.longhaul.engine.kernel.machine;

import static org.assertj.core.api.Assertions.assertThat;

import io.longhaul.engine.kernel.Kernels;
import io.longhaul.engine.kernel.PreparedProduct;
import io.longhaul.engine.kernel.Scratch;
import io.longhaul.engine.kernel.Scratch.Slot;
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
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Products of codes with digits, the code interpreted, against the scalar twin. An input is off by
 * half a step of its group at most, so an output by half of the steps times the magnitudes of its
 * weights, and by what the rounding of floats adds.
 */
class CodedRowsTest {
  /** Of half a step: one float multiplication comes before the rounding to steps. */
  private static final double HALF_A_STEP = 0.51;

  /** Float roundings of a few steps and the sum of the lanes, of each term's magnitude. */
  private static final double ROUNDING = 2e-6;

  private static final Kernels SCALAR = new ScalarKernels();

  private final Random random = new Random(29);
  private final Arena arena = Arena.ofShared();
  private final Scratch scratch = new Scratch();

  /** Whose code is interpreted. */
  private InstructionSet set = InstructionSet.AVX2;

  static List<Arguments> codes() {
    return Stream.of(
            TensorType.Q4_0,
            TensorType.Q4_1,
            TensorType.Q5_0,
            TensorType.Q5_1,
            TensorType.IQ4_NL,
            TensorType.Q8_0,
            TensorType.Q4_K,
            TensorType.Q5_K,
            TensorType.Q6_K)
        .flatMap(type -> Stream.of(InstructionSet.values()).map(set -> Arguments.of(set, type)))
        .toList();
  }

  /** At least so many columns, whole blocks. */
  private static int columns(TensorType type, int least) {
    return Math.ceilDiv(least, type.blockSize()) * type.blockSize();
  }

  @AfterEach
  void close() {
    scratch.close();
    arena.close();
  }

  @ParameterizedTest
  @MethodSource("codes")
  void rowsThatFillAStepOrDoNot(InstructionSet set, TensorType type) {
    this.set = set;
    for (int least : new int[] {32, 64, 96, 128, 160, 224, 576, 1536}) {
      int columns = columns(type, least);
      compare(weights(type, 8, columns, Fill.RANDOM), gaussian(1, columns));
    }
  }

  @ParameterizedTest
  @MethodSource("codes")
  void severalGroupsOfRowsAndTokens(InstructionSet set, TensorType type) {
    this.set = set;
    for (int rows : new int[] {1, 7, 17, 27}) {
      int columns = columns(type, 160);
      compare(weights(type, rows, columns, Fill.RANDOM), gaussian(3, columns));
    }
  }

  @ParameterizedTest
  @MethodSource("codes")
  void zerosAndBoundaries(InstructionSet set, TensorType type) {
    this.set = set;
    for (int least : new int[] {96, 256}) {
      int columns = columns(type, least);
      compare(weights(type, 19, columns, Fill.ZERO), gaussian(1, columns));
      compare(weights(type, 19, columns, Fill.BOUNDARIES), gaussian(1, columns));
      compare(weights(type, 9, columns, Fill.RANDOM), FloatMatrix.allocate(arena, 1, columns));
      compare(weights(type, 9, columns, Fill.RANDOM), filled(columns, -7));
      compare(weights(type, 9, columns, Fill.RANDOM), filled(columns, Float.MIN_VALUE));
    }
  }

  /** All digits and all codes at one end: the sums of ints are as great as they get. */
  @ParameterizedTest
  @MethodSource("codes")
  void theGreatestSums(InstructionSet set, TensorType type) {
    this.set = set;
    for (byte code : new byte[] {-1, 0, 127, -128}) {
      int columns = columns(type, 320);
      Weights weights = weights(type, 9, columns, Fill.RANDOM);
      MemorySegment data = weights.data();
      for (long at = 0; at < data.byteSize(); at++) {
        long inBlock = at % type.bytesPerBlock();
        boolean scale =
            switch (type) {
              case Q4_1, Q5_1, Q4_K, Q5_K -> inBlock < 4;
              case Q6_K -> inBlock >= 208;
              default -> inBlock < 2;
            };
        if (!scale) {
          data.set(ValueLayout.JAVA_BYTE, at, code);
        }
      }
      compare(weights, filled(columns, 1));
      compare(weights, filled(columns, -1));
    }
  }

  @ParameterizedTest
  @MethodSource("codes")
  void inputsThatAreNoNumbersReachNoOtherToken(InstructionSet set, TensorType type) {
    this.set = set;
    int columns = columns(type, 288);
    FloatMatrix x = gaussian(3, columns);
    x.set(1, 287, Float.NaN);
    Weights weights = weights(type, 9, columns, Fill.RANDOM);
    FloatMatrix y = multiply(weights, x);
    for (int r = 0; r < 9; r++) {
      assertThat(y.get(1, r)).isNaN();
      assertThat(Float.isFinite(y.get(0, r)) && Float.isFinite(y.get(2, r))).isTrue();
    }
    x.set(1, 287, Float.NEGATIVE_INFINITY);
    y = multiply(weights, x);
    for (int r = 0; r < 9; r++) {
      assertThat(Float.isFinite(y.get(1, r))).isFalse();
      assertThat(Float.isFinite(y.get(2, r))).isTrue();
    }
  }

  private Weights weights(TensorType type, int rows, int columns, Fill fill) {
    return CodedWeights.of(arena, type, rows, columns, fill, random);
  }

  private FloatMatrix gaussian(int tokens, int columns) {
    FloatMatrix x = FloatMatrix.allocate(arena, tokens, columns);
    for (int t = 0; t < tokens; t++) {
      for (int c = 0; c < columns; c++) {
        x.set(t, c, (float) random.nextGaussian());
      }
    }
    return x;
  }

  private FloatMatrix filled(int columns, float value) {
    FloatMatrix x = FloatMatrix.allocate(arena, 1, columns);
    for (int c = 0; c < columns; c++) {
      x.set(0, c, value);
    }
    return x;
  }

  private void compare(Weights weights, FloatMatrix x) {
    FloatMatrix actual = multiply(weights, x);
    FloatMatrix expected = FloatMatrix.allocate(arena, x.rows(), weights.rows());
    SCALAR.multiply(weights, 0, weights.rows(), x, x.rows(), expected, scratch);
    FloatMatrix decoded = FloatMatrix.allocate(arena, 1, weights.columns());
    int group = step(weights.type()).input().columns();
    for (int r = 0; r < weights.rows(); r++) {
      SCALAR.decodeRow(weights, r, decoded, 0);
      for (int t = 0; t < x.rows(); t++) {
        float reference = expected.get(t, r);
        String name =
            "%s %d × %d, token %d, row %d"
                .formatted(weights.type(), weights.rows(), weights.columns(), t, r);
        if (Float.isFinite(reference)) {
          double allowed = allowed(decoded, x, t, group);
          assertThat((double) actual.get(t, r))
              .as(name)
              .isBetween(reference - allowed, reference + allowed);
        } else {
          assertThat(Float.isFinite(actual.get(t, r))).as(name).isFalse();
        }
      }
    }
  }

  private static double allowed(FloatMatrix decoded, FloatMatrix x, int token, int group) {
    double greatest = 0;
    for (int c = 0; c < x.columns(); c++) {
      greatest = Math.max(greatest, Math.abs(decoded.get(0, c)));
    }
    double sum = 0;
    for (int first = 0; first < x.columns(); first += group) {
      double magnitude = 1e-30;
      double weights = 0;
      for (int c = first; c < Math.min(x.columns(), first + group); c++) {
        magnitude = Math.max(magnitude, Math.abs(x.get(token, c)));
        weights += Math.abs(decoded.get(0, c));
        // A code before its offset is taken off, and a minimum, are as great as any weight.
        sum += ROUNDING * 2 * greatest * Math.abs(x.get(token, c));
      }
      sum += HALF_A_STEP * magnitude / InputDigits.LARGEST * weights;
    }
    return sum + Float.MIN_VALUE;
  }

  private CodedStep step(TensorType type) {
    return CodedRows.step(set, type).orElseThrow();
  }

  /** Multiplies all rows, in two parts, the second of which begins at no multiple of eight. */
  private FloatMatrix multiply(Weights weights, FloatMatrix x) {
    CodedStep step = step(weights.type());
    FloatMatrix y = FloatMatrix.allocate(arena, x.rows(), weights.rows());
    int groups = Math.ceilDiv(x.columns(), step.input().columns());
    MemorySegment prepared = arena.allocate((long) x.rows() * groups * step.input().bytes(), 64);
    long lastGroup = (long) step.input().columns() * Float.BYTES;
    Memory preparing =
        new Memory()
            .readable("x", x.segment())
            .readable("last group", scratch.get(Slot.TILE, lastGroup).asSlice(0, lastGroup))
            .writable("prepared", prepared);
    MemorySegment call = scratch.get(Slot.CALL, RowSumsCode.CALL_BYTES);
    Memory multiplying =
        new Memory()
            .readable("weights", weights.data())
            .readable("prepared", prepared)
            .writable("call", call.asSlice(0, RowSumsCode.CALL_BYTES))
            .writable("outputs", y.segment());
    PreparedProduct product =
        new CodedRows(
            step,
            new Interpreter(step.input().preparation(), preparing)::run,
            new Interpreter(RowSumsCode.of(set, step, step.rowsAtOnce()), multiplying)::run,
            new Interpreter(RowSumsCode.of(set, step, 1), multiplying)::run);
    assertThat(product.bytes(x.rows(), x.columns())).isEqualTo(prepared.byteSize());
    for (int t = 0; t < x.rows(); t++) {
      product.prepare(x, t, 1, prepared, scratch);
    }
    int first = weights.rows() / 3;
    product.multiply(weights, 0, first, prepared, x.rows(), y, scratch);
    product.multiply(weights, first, weights.rows() - first, prepared, x.rows(), y, scratch);
    return y;
  }
}
