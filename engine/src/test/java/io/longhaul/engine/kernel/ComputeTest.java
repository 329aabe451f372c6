package io.longhaul.engine.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.longhaul.engine.kernel.Compute.Product;
import io.longhaul.engine.tensor.FloatMatrix;
import io.longhaul.engine.tensor.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Products of any number of rows, however they are shared by threads and cut into calls. */
class ComputeTest {
  private static final int COLUMNS = 96;
  private static final int[] ROWS = {1, 31, 32, 33, 255, 256, 257, 288, 1000};

  private final Random random = new Random(31);

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void productsOfOneTokenAreThoseOfTheirRows(int threads) {
    for (TensorType type : List.of(TensorType.Q8_0, TensorType.F32, TensorType.Q5_1)) {
      try (Arena arena = Arena.ofShared();
          Compute compute = new Compute(KernelChoice.AUTO.create(), threads)) {
        FloatMatrix x = FloatMatrix.allocate(arena, 1, COLUMNS);
        for (int c = 0; c < COLUMNS; c++) {
          x.set(0, c, (float) random.nextGaussian());
        }
        List<Product> together = new ArrayList<>();
        for (int rows : ROWS) {
          Weights weights = weights(arena, type, rows);
          together.add(new Product(weights, x, 1, FloatMatrix.allocate(arena, 1, rows)));
        }
        compute.multiply(together);
        for (Product product : together) {
          int rows = product.weights().rows();
          FloatMatrix one = FloatMatrix.allocate(arena, 1, 1);
          for (int r = 0; r < rows; r++) {
            compute.multiply(product.weights().slice(r, 1), x, 1, one);
            assertThat(product.y().get(0, r))
                .as("%s, row %d of %d", type, r, rows)
                .isEqualTo(one.get(0, 0));
          }
          for (int r = rows; r < product.y().stride(); r++) {
            assertThat(product.y().get(0, r)).isZero();
          }
        }
      }
    }
  }

  /** Codes at random, and scales of about 1/64. */
  private Weights weights(Arena arena, TensorType type, int rows) {
    MemorySegment data = arena.allocate(type.bytes((long) rows * COLUMNS), 64);
    for (long at = 0; at < data.byteSize(); at += type.bytesPerBlock()) {
      if (type == TensorType.F32) {
        data.set(ValueLayout.JAVA_FLOAT, at, (float) random.nextGaussian());
        continue;
      }
      for (int i = 0; i < type.bytesPerBlock(); i++) {
        data.set(ValueLayout.JAVA_BYTE, at + i, (byte) random.nextInt(256));
      }
      short scale = Float.floatToFloat16((float) random.nextGaussian() / 64);
      data.set(ValueLayout.JAVA_SHORT_UNALIGNED, at, scale);
      if (type == TensorType.Q5_1) {
        data.set(ValueLayout.JAVA_SHORT_UNALIGNED, at + Short.BYTES, scale);
      }
    }
    return new Weights("w", type, rows, COLUMNS, data, Optional.empty());
  }
}
