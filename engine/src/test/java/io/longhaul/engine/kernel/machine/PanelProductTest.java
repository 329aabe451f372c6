package io.longhaul.engine.kernel.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.longhaul.engine.kernel.Compute;
import io.longhaul.engine.kernel.Compute.Product;
import io.longhaul.engine.kernel.KernelChoice;
import io.longhaul.engine.kernel.Weights;
import io.longhaul.engine.kernel.scalar.ScalarKernels;
import io.longhaul.engine.tensor.FloatMatrix;
import io.longhaul.engine.tensor.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Products of many tokens by what {@code auto} chooses, against the scalar twin. */
class PanelProductTest {
  /** In standard deviations of an output: what 14 bits leave on either side, with room. */
  private static final double TOLERANCE = 1e-3;

  private final Random random = new Random(23);
  private final Arena arena = Arena.ofShared();
  private final Compute expected = new Compute(new ScalarKernels(), 1);
  private final Compute actual = new Compute(KernelChoice.AUTO.create(), 2);

  @AfterEach
  void close() {
    expected.close();
    actual.close();
    arena.close();
  }

  @ParameterizedTest
  @CsvSource({
    "1,32,16",
    "31,64,17",
    "32,96,18",
    "33,512,19",
    "64,544,64",
    "65,1024,21",
    "96,576,33",
    "40,2048,47",
    "7,1536,128"
  })
  void agreesWithinTheRoundingOfBothSides(int rows, int columns, int tokens) {
    FloatMatrix x = gaussian(tokens, columns, 1);
    compare(weights(TensorType.BF16, rows, columns), x, tokens);
    compare(weights(TensorType.F16, rows, columns), x, tokens);
    compare(weights(TensorType.Q8_0, rows, columns), x, tokens);
  }

  @Test
  void aTokensResultDependsOnNoOtherToken() {
    Weights weights = weights(TensorType.Q8_0, 70, 1056);
    FloatMatrix x = gaussian(40, 1056, 1);
    FloatMatrix all = FloatMatrix.allocate(arena, 40, 70);
    FloatMatrix some = FloatMatrix.allocate(arena, 40, 70);
    actual.multiply(weights, x, 40, all);
    actual.multiply(weights, x.slice(7, 33), 33, some);
    for (int t = 0; t < 33; t++) {
      assertThat(some.row(t)).isEqualTo(all.row(t + 7));
    }
  }

  @Test
  void severalProductsShareAnInput() {
    FloatMatrix x = gaussian(20, 128, 1);
    FloatMatrix other = gaussian(30, 64, 1);
    List<Weights> weights =
        List.of(
            weights(TensorType.BF16, 40, 128),
            weights(TensorType.F32, 33, 128),
            weights(TensorType.Q8_0, 50, 128));
    Weights last = weights(TensorType.Q8_0, 10, 64);
    List<FloatMatrix> outs = weights.stream().map(w -> matrix(20, w.rows())).toList();
    FloatMatrix lastOut = matrix(30, 10);
    actual.multiply(
        List.of(
            new Product(weights.get(0), x, 20, outs.get(0)),
            new Product(weights.get(1), x, 20, outs.get(1)),
            new Product(last, other, 30, lastOut),
            new Product(weights.get(2), x, 20, outs.get(2))));
    for (int i = 0; i < 3; i++) {
      assertClose(weights.get(i), x, 20, outs.get(i));
    }
    assertClose(last, other, 30, lastOut);
  }

  @Test
  void whatDoesNotFitIsRefused() {
    Weights weights = weights(TensorType.BF16, 32, 64);
    assertThatThrownBy(() -> new Product(weights, matrix(16, 96), 16, matrix(16, 32)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("w of 32 × 64 with 16 tokens of 16 × 96 to 16 × 32");
    assertThatThrownBy(() -> new Product(weights, matrix(16, 64), 16, matrix(16, 31)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Product(weights, matrix(16, 64), 17, matrix(17, 32)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void magnitudesMayDifferFromBlockToBlock() {
    FloatMatrix x = gaussian(16, 256, 1);
    for (int t = 0; t < 16; t++) {
      for (int c = 0; c < 256; c++) {
        x.set(t, c, x.get(t, c) * (float) Math.pow(10, c / 32 * 2 - 9));
      }
    }
    compare(weights(TensorType.Q8_0, 32, 256), x, 16);
  }

  @ParameterizedTest
  @EnumSource(names = {"BF16", "Q8_0"})
  void zerosAndTheLeastNumbersGiveZeros(TensorType type) {
    Weights weights = weights(type, 32, 64);
    FloatMatrix out = matrix(16, 32);
    actual.multiply(weights, matrix(16, 64), 16, out);
    assertThat(out.row(3)).containsOnly(0);
    FloatMatrix tiny = matrix(16, 64);
    tiny.set(0, 0, Float.MIN_VALUE);
    actual.multiply(weights, tiny, 16, out);
    for (float value : out.row(0)) {
      assertThat(value).isBetween(-1e-40f, 1e-40f);
    }
  }

  @Test
  void theGreatestNumbersStayWithinTheInts() {
    Weights weights = weights(TensorType.Q8_0, 32, 96);
    weights.data().fill((byte) -128);
    for (long block = 0; block < weights.data().byteSize(); block += 34) {
      // Each weight is −2.
      short scale = Float.floatToFloat16(1f / 64);
      weights.data().set(ValueLayout.JAVA_SHORT_UNALIGNED, block, scale);
    }
    FloatMatrix x = matrix(16, 96);
    for (int t = 0; t < 16; t++) {
      for (int c = 0; c < 96; c++) {
        x.set(t, c, t % 2 == 0 ? 3 : -3);
      }
    }
    FloatMatrix out = matrix(16, 32);
    actual.multiply(weights, x, 16, out);
    for (int t = 0; t < 16; t++) {
      assertThat(out.get(t, 5))
          .isBetween(t % 2 == 0 ? -576.2f : 575.8f, t % 2 == 0 ? -575.8f : 576.2f);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"BF16", "Q8_0"})
  void whatIsNoNumberStaysInItsToken(TensorType type) {
    Weights weights = weights(type, 32, 96);
    FloatMatrix x = gaussian(17, 96, 1);
    FloatMatrix clean = matrix(17, 32);
    actual.multiply(weights, x, 17, clean);
    x.set(2, 40, Float.NaN);
    x.set(9, 3, Float.POSITIVE_INFINITY);
    FloatMatrix out = matrix(17, 32);
    actual.multiply(weights, x, 17, out);
    for (int t = 0; t < 17; t++) {
      if (t == 2 || t == 9) {
        for (float value : out.row(t)) {
          assertThat(Float.isFinite(value)).isFalse();
        }
      } else {
        assertThat(out.row(t)).isEqualTo(clean.row(t));
      }
    }
  }

  private void compare(Weights weights, FloatMatrix x, int tokens) {
    FloatMatrix out = matrix(tokens, weights.rows());
    actual.multiply(weights, x, tokens, out);
    assertClose(weights, x, tokens, out);
  }

  private void assertClose(Weights weights, FloatMatrix x, int tokens, FloatMatrix out) {
    FloatMatrix reference = matrix(tokens, weights.rows());
    expected.multiply(weights, x, tokens, reference);
    for (int t = 0; t < tokens; t++) {
      double squares = 0;
      for (float value : reference.row(t)) {
        squares += (double) value * value;
      }
      double deviation = Math.sqrt(squares / weights.rows());
      for (int r = 0; r < weights.rows(); r++) {
        // A single output may be small by chance: then the scale is that of its terms.
        double allowed = TOLERANCE * Math.max(deviation, weights.rows() < 8 ? terms(x, t) : 0);
        assertThat((double) out.get(t, r))
            .as("%s, token %d, row %d", weights.type(), t, r)
            .isBetween(reference.get(t, r) - allowed, reference.get(t, r) + allowed);
      }
    }
  }

  /** The deviation of a sum of the token's values times weights of deviation 1/8. */
  private static double terms(FloatMatrix x, int token) {
    double squares = 0;
    for (float value : x.row(token)) {
      squares += (double) value * value;
    }
    return Math.sqrt(squares) / 8;
  }

  private FloatMatrix matrix(int rows, int columns) {
    return FloatMatrix.allocate(arena, rows, columns);
  }

  private FloatMatrix gaussian(int rows, int columns, double deviation) {
    FloatMatrix matrix = matrix(rows, columns);
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < columns; c++) {
        matrix.set(r, c, (float) (random.nextGaussian() * deviation));
      }
    }
    return matrix;
  }

  /** Weights of deviation 1/8, or near to it. */
  private Weights weights(TensorType type, int rows, int columns) {
    MemorySegment data = arena.allocate(type.bytes((long) rows * columns), 64);
    for (long i = 0, at = 0; at < data.byteSize(); i++) {
      float value = (float) random.nextGaussian() / 8;
      switch (type) {
        case F32 -> data.set(ValueLayout.JAVA_FLOAT, at, value);
        case F16 -> data.set(ValueLayout.JAVA_SHORT, at, Float.floatToFloat16(value));
        case BF16 ->
            data.set(ValueLayout.JAVA_SHORT, at, (short) (Float.floatToRawIntBits(value) >>> 16));
        default -> {
          if (i % 33 == 0) {
            data.set(ValueLayout.JAVA_SHORT_UNALIGNED, at, Float.floatToFloat16(1f / 8 / 74));
          } else {
            data.set(ValueLayout.JAVA_BYTE, at, (byte) random.nextInt(256));
          }
        }
      }
      at += i % 33 == 0 || type != TensorType.Q8_0 ? type == TensorType.F32 ? 4 : 2 : 1;
    }
    return new Weights("w", type, rows, columns, data, Optional.empty());
  }
}
