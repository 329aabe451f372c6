package io.longhaul.engine.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import io.longhaul.engine.cache.CacheLayout;
import io.longhaul.engine.cache.KvCache;
import io.longhaul.engine.kernel.scalar.ScalarDecoders;
import io.longhaul.engine.tensor.FloatMatrix;
import io.longhaul.engine.tensor.Tensor;
import io.longhaul.engine.tensor.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The vector twin against the scalar one, and each against itself in other shapes. */
class KernelTwinsTest {
  private static final Kernels SCALAR = KernelChoice.SCALAR.create();
  private static final Kernels VECTOR = KernelChoice.VECTOR.create();
  private static final Kernels CHOSEN = KernelChoice.AUTO.create();
  private static final Set<TensorType> NO_WEIGHTS =
      EnumSet.of(
          TensorType.I8,
          TensorType.I16,
          TensorType.I32,
          TensorType.I64,
          TensorType.U8,
          TensorType.BOOL);

  private final SplittableRandom random = new SplittableRandom(7);

  static Stream<TensorType> weightTypes() {
    return Stream.of(TensorType.values()).filter(type -> !NO_WEIGHTS.contains(type));
  }

  @ParameterizedTest
  @MethodSource("weightTypes")
  void productsAgreeForEveryWeightTypeAndOddSizes(TensorType type) {
    int[] widths =
        type.blockSize() == 1
            ? new int[] {1, 3, 15, 16, 17, 31, 40, 97, 128, 257}
            : new int[] {type.blockSize(), 3 * type.blockSize(), 5 * type.blockSize()};
    for (int columns : widths) {
      for (int rows : new int[] {1, 2, 3, 4, 5, 33}) {
        for (int tokens : new int[] {1, 2, 4, 5, 9, 64}) {
          compareProducts(type, rows, columns, tokens);
        }
      }
    }
  }

  private void compareProducts(TensorType type, int rows, int columns, int tokens) {
    try (Arena arena = Arena.ofShared();
        Scratch scratch = new Scratch()) {
      Weights weights = randomWeights(arena, type, rows, columns);
      FloatMatrix x = randomMatrix(arena, tokens, columns);
      FloatMatrix expected = FloatMatrix.allocate(arena, tokens, rows);
      FloatMatrix actual = FloatMatrix.allocate(arena, tokens, rows);
      SCALAR.multiply(weights, 0, rows, x, tokens, expected, scratch);
      VECTOR.multiply(weights, 0, rows, x, tokens, actual, scratch);
      FloatMatrix decoded = FloatMatrix.allocate(arena, 1, columns);
      for (int t = 0; t < tokens; t++) {
        // A token alone gives the same bits as among others.
        FloatMatrix alone = FloatMatrix.allocate(arena, 1, columns);
        FloatMatrix result = FloatMatrix.allocate(arena, 1, rows);
        alone.setRow(0, x.row(t));
        VECTOR.multiply(weights, 0, rows, alone, 1, result, scratch);
        assertThat(result.row(0)).as("token %d alone, %s", t, type).containsExactly(actual.row(t));
      }
      FloatMatrix single = FloatMatrix.allocate(arena, tokens, rows);
      for (int r = 0; r < rows; r++) {
        // Another way to cut the work: a row and a call, all tokens.
        VECTOR.multiply(weights, r, 1, x, tokens, single, scratch);
        SCALAR.decodeRow(weights, r, decoded, 0);
        for (int t = 0; t < tokens; t++) {
          double magnitude = 0;
          for (int c = 0; c < columns; c++) {
            magnitude += Math.abs((double) decoded.get(0, c) * x.get(t, c));
          }
          assertThat((double) actual.get(t, r))
              .as("%s %d × %d, token %d of %d, row %d", type, rows, columns, t, tokens, r)
              .isCloseTo(expected.get(t, r), tolerance(magnitude, columns));
          assertThat(single.get(t, r)).isEqualTo(actual.get(t, r));
        }
      }
    }
  }

  private static Offset<Double> tolerance(double magnitude, int terms) {
    return offset(1e-30 + magnitude * Math.ulp(1f) * Math.sqrt(terms + 1.0) * 2);
  }

  @Test
  void blockScalesOfFp8ApplyInBothTwins() {
    try (Arena arena = Arena.ofShared();
        Scratch scratch = new Scratch()) {
      Weights plain = randomWeights(arena, TensorType.F8_E4M3, 130, 200);
      MemorySegment values = arena.allocate(ValueLayout.JAVA_FLOAT, 4);
      for (int i = 0; i < 4; i++) {
        values.setAtIndex(ValueLayout.JAVA_FLOAT, i, i + 0.5f);
      }
      var weight = new Tensor("w", TensorType.F8_E4M3, List.of(130L, 200L), plain.data());
      var scale = new Tensor("s", TensorType.F32, List.of(2L, 2L), values);
      Weights scaled =
          new Weights(
              "w",
              plain.type(),
              130,
              200,
              plain.data(),
              Optional.of(BlockScales.of(weight, scale)));
      FloatMatrix x = randomMatrix(arena, 3, 200);
      FloatMatrix expected = FloatMatrix.allocate(arena, 3, 130);
      FloatMatrix actual = FloatMatrix.allocate(arena, 3, 130);
      SCALAR.multiply(scaled, 0, 130, x, 3, expected, scratch);
      VECTOR.multiply(scaled, 0, 130, x, 3, actual, scratch);
      for (int r = 0; r < 130; r++) {
        double sum = 0;
        FloatMatrix row = FloatMatrix.allocate(arena, 1, 200);
        SCALAR.decodeRow(plain, r, row, 0);
        for (int c = 0; c < 200; c++) {
          sum += (double) row.get(0, c) * (2 * (r / 128) + c / 128 + 0.5f) * x.get(1, c);
        }
        assertThat((double) expected.get(1, r)).isCloseTo(sum, tolerance(1e5, 200));
        assertThat((double) actual.get(1, r)).isCloseTo(sum, tolerance(1e5, 200));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7, 8, 15, 16, 17, 33, 64, 65, 576, 1000})
  void elementwiseStepsAgree(int width) {
    try (Arena arena = Arena.ofShared()) {
      FloatMatrix x = randomMatrix(arena, 2, width);
      FloatMatrix weight = randomMatrix(arena, 1, width);
      compare(width, x, (k, m) -> k.rmsNorm(m, 1, 0, width, weight, 1e-5f, m));
      compare(width, x, (k, m) -> k.rmsNorm(m, 1, width / 3, width / 2, weight, 1e-6f, m));
      compare(width, x, (k, m) -> k.siluMultiply(m, x, 1));
      compare(width, x, (k, m) -> k.geluMultiply(m, x, 1));
      compare(width, x, (k, m) -> k.add(m, 1, weight, 0));
    }
  }

  @Test
  void activationsOfExtremeValuesAgree() {
    float[] extremes = {
      0f,
      -0f,
      1e-30f,
      -1e-30f,
      20f,
      -20f,
      88f,
      -88f,
      89f,
      -89f,
      120f,
      -120f,
      3e4f,
      -3e4f,
      1e19f,
      -1e19f,
      Float.MAX_VALUE,
      -Float.MAX_VALUE
    };
    try (Arena arena = Arena.ofShared()) {
      FloatMatrix x = FloatMatrix.allocate(arena, 2, extremes.length);
      x.setRow(1, extremes);
      FloatMatrix ones = FloatMatrix.allocate(arena, 2, extremes.length);
      IntStream.range(0, extremes.length).forEach(c -> ones.set(1, c, 1));
      compare(extremes.length, x, (k, m) -> k.siluMultiply(m, ones, 1));
      compare(extremes.length, x, (k, m) -> k.geluMultiply(m, ones, 1));
    }
  }

  /** A step that changes a matrix in place. */
  private interface Step {
    void run(Kernels kernels, FloatMatrix x);
  }

  private static void compare(int width, FloatMatrix x, Step step) {
    compare(VECTOR, width, x, step);
    compare(CHOSEN, width, x, step);
  }

  private static void compare(Kernels twin, int width, FloatMatrix x, Step step) {
    try (Arena arena = Arena.ofShared()) {
      FloatMatrix expected = copy(arena, x);
      FloatMatrix actual = copy(arena, x);
      step.run(SCALAR, expected);
      step.run(twin, actual);
      for (int c = 0; c < width; c++) {
        double want = expected.get(1, c);
        assertThat((double) actual.get(1, c))
            .as("column %d of %d, %s", c, width, twin.name())
            .isCloseTo(want, offset(1e-30 + 2e-6 * Math.abs(want)));
      }
      // The padding behind a row stays zero: kernels read it.
      for (int c = width; c < actual.stride(); c++) {
        assertThat(actual.get(1, c)).isZero();
      }
    }
  }

  private static FloatMatrix copy(Arena arena, FloatMatrix x) {
    FloatMatrix copy = FloatMatrix.allocate(arena, x.rows(), x.columns());
    copy.segment().copyFrom(x.segment());
    return copy;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4, 12, 16, 20, 64, 80, 256})
  void attentionAgreesForEveryHeadSizeWindowAndCacheType(int headDim) {
    for (TensorType type : List.of(TensorType.F32, TensorType.F16)) {
      for (int window : new int[] {Attention.NO_WINDOW, 1, 9, 40}) {
        for (int tokens : new int[] {1, 2, 7, 30}) {
          compareAttention(VECTOR, headDim, type, window, tokens);
          compareAttention(CHOSEN, headDim, type, window, tokens);
        }
      }
    }
  }

  private void compareAttention(
      Kernels twin, int headDim, TensorType type, int window, int tokens) {
    int heads = 6;
    int kvHeads = 2;
    // Pages hold 128 positions; some of these lie on the second page.
    int before = 119;
    try (Arena arena = Arena.ofShared();
        Scratch scratch = new Scratch();
        KvCache cache = new KvCache(CacheLayout.groupedQuery(1, kvHeads, headDim, type))) {
      cache.reserve(before + tokens);
      FloatMatrix k = randomMatrix(arena, before + tokens, kvHeads * headDim);
      FloatMatrix v = randomMatrix(arena, before + tokens, kvHeads * headDim);
      for (int p = 0; p < before + tokens; p++) {
        cache.write(0, p, k, p, 0);
        cache.write(1, p, v, p, 0);
      }
      FloatMatrix q = randomMatrix(arena, tokens, heads * headDim);
      FloatMatrix expected = FloatMatrix.allocate(arena, tokens, heads * headDim);
      FloatMatrix actual = FloatMatrix.allocate(arena, tokens, heads * headDim);
      FloatMatrix split = FloatMatrix.allocate(arena, tokens, heads * headDim);
      float scale = (float) (1 / Math.sqrt(headDim));
      for (int first = 0; first < heads; first += 3) {
        SCALAR.attend(
            new Attention(q, before, cache.keyValues(0), heads, scale, window, expected),
            0,
            tokens,
            first,
            3,
            scratch);
        twin.attend(
            new Attention(q, before, cache.keyValues(0), heads, scale, window, actual),
            0,
            tokens,
            first,
            3,
            scratch);
      }
      Attention one = new Attention(q, before, cache.keyValues(0), heads, scale, window, split);
      for (int t = 0; t < tokens; t++) {
        for (int head = 0; head < heads; head++) {
          twin.attend(one, t, 1, head, 1, scratch);
        }
      }
      for (int t = 0; t < tokens; t++) {
        for (int c = 0; c < heads * headDim; c++) {
          assertThat(actual.get(t, c))
              .as(
                  "token %d of %d, column %d, window %d, %s, %s",
                  t, tokens, c, window, type, twin.name())
              .isCloseTo(expected.get(t, c), offset(1e-5f));
          assertThat(split.get(t, c)).isEqualTo(actual.get(t, c));
        }
      }
    }
  }

  private Weights randomWeights(Arena arena, TensorType type, int rows, int columns) {
    long bytes = type.bytes((long) rows * columns);
    MemorySegment data = arena.allocate(bytes);
    MemorySegment block = arena.allocate((long) columns * Float.BYTES, 64);
    // Random bytes hold scales that are infinite or NaN: rows are drawn again until all is finite.
    for (int r = 0; r < rows; r++) {
      long rowBytes = type.bytes(columns);
      boolean finite = false;
      while (!finite) {
        for (long b = 0; b < rowBytes; b++) {
          data.set(ValueLayout.JAVA_BYTE, r * rowBytes + b, (byte) random.nextInt(256));
        }
        tame(type, data.asSlice(r * rowBytes, rowBytes));
        ScalarDecoders.of(type).decode(data, r * rowBytes, columns, block, 0);
        finite = true;
        for (int c = 0; c < columns; c++) {
          float w = block.getAtIndex(ValueLayout.JAVA_FLOAT, c);
          finite &= Math.abs(w) < 1e20f;
        }
      }
    }
    return new Weights("w", type, rows, columns, data, Optional.empty());
  }

  /** Replaces plain floats, of which random bits are rarely of a useful size. */
  private void tame(TensorType type, MemorySegment row) {
    switch (type) {
      case F32 -> {
        for (long b = 0; b < row.byteSize(); b += 4) {
          row.set(ValueLayout.JAVA_FLOAT_UNALIGNED, b, (float) random.nextGaussian());
        }
      }
      case F64 -> {
        for (long b = 0; b < row.byteSize(); b += 8) {
          row.set(ValueLayout.JAVA_DOUBLE_UNALIGNED, b, random.nextGaussian());
        }
      }
      case F16 -> {
        for (long b = 0; b < row.byteSize(); b += 2) {
          short bits = Float.floatToFloat16((float) random.nextGaussian());
          row.set(ValueLayout.JAVA_SHORT_UNALIGNED, b, bits);
        }
      }
      case BF16 -> {
        for (long b = 0; b < row.byteSize(); b += 2) {
          int bits = Float.floatToIntBits((float) random.nextGaussian());
          row.set(ValueLayout.JAVA_SHORT_UNALIGNED, b, (short) (bits >>> 16));
        }
      }
      default -> {}
    }
  }

  private FloatMatrix randomMatrix(Arena arena, int rows, int columns) {
    FloatMatrix matrix = FloatMatrix.allocate(arena, rows, columns);
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < columns; c++) {
        matrix.set(r, c, (float) random.nextGaussian());
      }
    }
    return matrix;
  }
}
