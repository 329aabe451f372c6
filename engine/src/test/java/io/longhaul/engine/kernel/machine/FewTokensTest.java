package io.longhaul.engine.kernel.machine;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import io.longhaul.engine.kernel.Compute;
import io.longhaul.engine.kernel.KernelChoice;
import io.longhaul.engine.kernel.Weights;
import io.longhaul.engine.kernel.scalar.ScalarKernels;
import io.longhaul.engine.tensor.FloatMatrix;
import io.longhaul.engine.tensor.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Products of a few tokens with codes of weights, by what {@code auto} chooses. */
class FewTokensTest {
  /**
   * Of the sum of the magnitudes of a row's terms: half a step of fifteen bits of the largest value
   * of the input in a group, which is a few times the usual one, with room.
   */
  private static final double TOLERANCE = 1e-4;

  /** Where in a block its scale of 16 bits is; what has no such scale is named below. */
  private static final Map<TensorType, Integer> SCALE_AT =
      new EnumMap<>(
          Map.ofEntries(
              entry(TensorType.Q4_0, 0),
              entry(TensorType.Q4_1, 0),
              entry(TensorType.Q5_0, 0),
              entry(TensorType.Q5_1, 0),
              entry(TensorType.Q8_0, 0),
              entry(TensorType.IQ4_NL, 0),
              entry(TensorType.Q2_K, 80),
              entry(TensorType.Q3_K, 108),
              entry(TensorType.Q4_K, 0),
              entry(TensorType.Q5_K, 0),
              entry(TensorType.Q6_K, 208),
              entry(TensorType.IQ4_XS, 0),
              entry(TensorType.IQ1_S, 0),
              entry(TensorType.IQ2_XXS, 0),
              entry(TensorType.IQ2_XS, 0),
              entry(TensorType.IQ2_S, 0),
              entry(TensorType.IQ3_XXS, 0),
              entry(TensorType.IQ3_S, 0)));

  /** Where a minimum of 16 bits is. */
  private static final Map<TensorType, Integer> MINIMUM_AT =
      Map.of(
          TensorType.Q4_1, 2,
          TensorType.Q5_1, 2,
          TensorType.Q2_K, 82,
          TensorType.Q4_K, 2,
          TensorType.Q5_K, 2);

  private final Random random = new Random(29);
  private final Arena arena = Arena.ofShared();
  private final ScalarKernels scalar = new ScalarKernels();
  private final Compute expected = new Compute(scalar, 1);
  private final Compute actual = new Compute(KernelChoice.AUTO.create(), 2);

  private static Stream<TensorType> types() {
    return Stream.concat(SCALE_AT.keySet().stream(), Stream.of(TensorType.IQ1_M, TensorType.MXFP4));
  }

  @AfterEach
  void close() {
    expected.close();
    actual.close();
    arena.close();
  }

  @ParameterizedTest
  @MethodSource("types")
  void agreesWithTheScalarTwin(TensorType type) {
    for (int blocks : new int[] {1, 2, 3, 4, 5, 18, 33}) {
      for (int rows : new int[] {1, 8, 13, 71}) {
        int columns = blocks * type.blockSize();
        Weights weights = random(type, rows, columns);
        compare(weights, gaussian(1, columns), 1);
        compare(weights, gaussian(7, columns), 7);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("types")
  void aTokensResultDependsOnNoOtherToken(TensorType type) {
    int columns = 1024;
    Weights weights = random(type, 70, columns);
    FloatMatrix x = gaussian(9, columns);
    FloatMatrix all = FloatMatrix.allocate(arena, 9, 70);
    actual.multiply(weights, x, 9, all);
    for (int t = 0; t < 9; t++) {
      FloatMatrix one = FloatMatrix.allocate(arena, 1, 70);
      actual.multiply(weights, x.slice(t, 1), 1, one);
      assertThat(one.row(0)).isEqualTo(all.row(t));
    }
  }

  @ParameterizedTest
  @MethodSource("types")
  void theGreatestNumbersStayWithinTheInts(TensorType type) {
    int columns = 512;
    for (int code : new int[] {0, 0x7F, 0x80, 0xFF}) {
      Weights weights = filled(type, 8, columns, (byte) code);
      FloatMatrix x = FloatMatrix.allocate(arena, 4, columns);
      for (int c = 0; c < columns; c++) {
        x.set(0, c, 1000);
        x.set(1, c, c % 2 == 0 ? -3 : 3e-3f);
        x.set(2, c, -1000);
        // 256 · 99 + 128 steps of the largest: whose low digit would be -128.
        x.set(3, c, c % 256 == 0 ? 32_639 : 25_472);
      }
      compare(weights, x, 4);
    }
  }

  @ParameterizedTest
  @MethodSource("types")
  void whatIsNoNumberStaysInItsTokenAndItsRow(TensorType type) {
    int columns = 512;
    Weights weights = random(type, 16, columns);
    FloatMatrix x = gaussian(4, columns);
    FloatMatrix clean = FloatMatrix.allocate(arena, 4, 16);
    actual.multiply(weights, x, 4, clean);
    x.set(1, 300, Float.NaN);
    x.set(2, 3, Float.NEGATIVE_INFINITY);
    boolean canBeNone = type != TensorType.MXFP4; // all 256 of its scales are numbers
    if (canBeNone) {
      setScale(type, weights.data(), 5 * type.bytes(columns), (short) 0x7E00);
    }
    FloatMatrix out = FloatMatrix.allocate(arena, 4, 16);
    actual.multiply(weights, x, 4, out);
    for (int t = 0; t < 4; t++) {
      for (int r = 0; r < 16; r++) {
        if (t == 1 || t == 2 || (r == 5 && canBeNone)) {
          assertThat(Float.isFinite(out.get(t, r))).as("token %d, row %d", t, r).isFalse();
        } else {
          assertThat(out.get(t, r)).isEqualTo(clean.get(t, r));
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("types")
  void zerosGiveZeros(TensorType type) {
    Weights weights = random(type, 9, 256);
    FloatMatrix out = FloatMatrix.allocate(arena, 1, 9);
    actual.multiply(weights, FloatMatrix.allocate(arena, 1, 256), 1, out);
    assertThat(out.row(0)).containsOnly(0);
  }

  private void compare(Weights weights, FloatMatrix x, int tokens) {
    int rows = weights.rows();
    int columns = weights.columns();
    FloatMatrix reference = FloatMatrix.allocate(arena, tokens, rows);
    FloatMatrix out = FloatMatrix.allocate(arena, tokens, rows);
    expected.multiply(weights, x, tokens, reference);
    actual.multiply(weights, x, tokens, out);
    FloatMatrix row = FloatMatrix.allocate(arena, 1, columns);
    for (int r = 0; r < rows; r++) {
      scalar.decodeRow(weights, r, row, 0);
      for (int t = 0; t < tokens; t++) {
        double terms = 0;
        for (int c = 0; c < columns; c++) {
          terms += Math.abs((double) row.get(0, c) * x.get(t, c));
        }
        double allowed = TOLERANCE * terms + 1e-30;
        assertThat((double) out.get(t, r))
            .as("%s %d × %d, token %d, row %d", weights.type(), rows, columns, t, r)
            .isBetween(reference.get(t, r) - allowed, reference.get(t, r) + allowed);
      }
    }
  }

  private FloatMatrix gaussian(int rows, int columns) {
    FloatMatrix matrix = FloatMatrix.allocate(arena, rows, columns);
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < columns; c++) {
        matrix.set(r, c, (float) random.nextGaussian());
      }
    }
    return matrix;
  }

  private Weights random(TensorType type, int rows, int columns) {
    MemorySegment data = arena.allocate(type.bytes((long) rows * columns), 64);
    for (long at = 0; at < data.byteSize(); at++) {
      data.set(ValueLayout.JAVA_BYTE, at, (byte) random.nextInt(256));
    }
    return scaled(type, rows, columns, data);
  }

  private Weights filled(TensorType type, int rows, int columns, byte code) {
    MemorySegment data = arena.allocate(type.bytes((long) rows * columns), 64).fill(code);
    return scaled(type, rows, columns, data);
  }

  private Weights scaled(TensorType type, int rows, int columns, MemorySegment data) {
    for (long block = 0; block < data.byteSize(); block += type.bytesPerBlock()) {
      if (type == TensorType.MXFP4) {
        data.set(ValueLayout.JAVA_BYTE, block, (byte) (118 + random.nextInt(6)));
        continue;
      }
      setScale(type, data, block, smallNumber());
      if (MINIMUM_AT.containsKey(type)) {
        data.set(ValueLayout.JAVA_SHORT_UNALIGNED, block + MINIMUM_AT.get(type), smallNumber());
      }
    }
    return new Weights("w", type, rows, columns, data, Optional.empty());
  }

  private short smallNumber() {
    return Float.floatToFloat16((float) random.nextGaussian() / 64);
  }

  private static void setScale(TensorType type, MemorySegment data, long block, short scale) {
    if (type == TensorType.IQ1_M) {
      // Four bits atop each of four words, the lowest first.
      for (int i = 0; i < 4; i++) {
        long at = block + 48 + 2L * i;
        int rest = data.get(ValueLayout.JAVA_SHORT_UNALIGNED, at) & 0x0FFF;
        int four = scale >> (4 * i) & 0xF;
        data.set(ValueLayout.JAVA_SHORT_UNALIGNED, at, (short) (four << 12 | rest));
      }
      return;
    }
    data.set(ValueLayout.JAVA_SHORT_UNALIGNED, block + SCALE_AT.get(type), scale);
  }
}
