package io.longhaul.engine.kernel.machine;

import static org.assertj.core.api.Assertions.assertThat;

import io.longhaul.engine.cache.CacheLayout;
import io.longhaul.engine.cache.CacheLayout.Plane;
import io.longhaul.engine.cache.KvCache;
import io.longhaul.engine.kernel.IndexScores;
import io.longhaul.engine.kernel.KernelChoice;
import io.longhaul.engine.kernel.Kernels;
import io.longhaul.engine.kernel.Scratch;
import io.longhaul.engine.kernel.Weights;
import io.longhaul.engine.kernel.vector.VectorKernels;
import io.longhaul.engine.tensor.FloatMatrix;
import io.longhaul.engine.tensor.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What {@code auto} chooses gives the vector twin's bits: assembled code where this machine runs
 * it, the vector twin itself where it does not.
 */
class AssembledCodeTest {
  private static final Kernels VECTOR = new VectorKernels();

  private final Kernels chosen = KernelChoice.AUTO.create();
  private final Random random = new Random(17);

  @Test
  void autoIsMachineCodeWhereItCanBe() {
    assertThat(chosen.name()).isEqualTo(AssembledCode.isPossible() ? "machine" : "vector");
  }

  @ParameterizedTest
  @CsvSource({
    "1,32",
    "7,64",
    "8,32",
    "9,192",
    "16,2048",
    "17,512",
    "32,6144",
    "40,4096",
    "31,16384",
    "64,96"
  })
  void rowsOfOneTokenAreTheSameBits(int rows, int columns) {
    for (Fill fill : Fill.values()) {
      compareRows(rows, columns, fill);
    }
  }

  private enum Fill {
    RANDOM,
    /** All codes and scales zero. */
    ZERO,
    /** Codes at their ends, scales that are the least, the greatest, infinite or no number. */
    BOUNDARIES
  }

  private void compareRows(int rows, int columns, Fill fill) {
    try (Arena arena = Arena.ofShared();
        Scratch scratch = new Scratch()) {
      MemorySegment data = arena.allocate(TensorType.Q8_0.bytes((long) rows * columns), 64);
      fill(data, fill);
      Weights weights = new Weights("w", TensorType.Q8_0, rows, columns, data, Optional.empty());
      FloatMatrix x = FloatMatrix.allocate(arena, 1, columns);
      for (int c = 0; c < columns; c++) {
        x.set(0, c, (float) random.nextGaussian());
      }
      FloatMatrix expected = FloatMatrix.allocate(arena, 1, rows);
      FloatMatrix actual = FloatMatrix.allocate(arena, 1, rows);
      VECTOR.multiply(weights, 0, rows, x, 1, expected, scratch);
      // In two parts, so that the second does not begin at a multiple of eight.
      int first = rows / 3;
      chosen.multiply(weights, 0, first, x, 1, actual, scratch);
      chosen.multiply(weights, first, rows - first, x, 1, actual, scratch);
      assertThat(bits(actual)).as("%d × %d, %s", rows, columns, fill).isEqualTo(bits(expected));
    }
  }

  private void fill(MemorySegment data, Fill fill) {
    short[] scales = {
      0, 1, (short) 0x8001, 0x3FF, 0x400, 0x7BFF, (short) 0xFBFF, 0x7C00, (short) 0xFC00, 0x7E00
    };
    for (long block = 0; block < data.byteSize(); block += 34) {
      short scale =
          switch (fill) {
            case RANDOM -> Float.floatToFloat16((float) random.nextGaussian() / 64);
            case ZERO -> 0;
            case BOUNDARIES -> scales[random.nextInt(scales.length)];
          };
      data.set(ValueLayout.JAVA_SHORT_UNALIGNED, block, scale);
      for (long i = 2; i < 34; i++) {
        byte code =
            switch (fill) {
              case RANDOM -> (byte) random.nextInt(256);
              case ZERO -> 0;
              case BOUNDARIES -> (byte) (random.nextBoolean() ? 127 : -128);
            };
        data.set(ValueLayout.JAVA_BYTE, block + i, code);
      }
    }
  }

  @Test
  void scoresOfThePublishedIndexerAreTheSameBits() {
    int heads = 32;
    int headDim = 128;
    int positions = 300;
    CacheLayout layout =
        new CacheLayout(
            List.of(Plane.rows(1, 5, TensorType.F16), Plane.columns(headDim, TensorType.F16)));
    try (Arena arena = Arena.ofShared();
        Scratch scratch = new Scratch();
        KvCache cache = new KvCache(layout)) {
      cache.reserve(positions);
      FloatMatrix keys = gaussian(arena, positions, headDim);
      keys.set(7, 3, Float.NaN);
      keys.set(9, 0, Float.POSITIVE_INFINITY);
      for (int p = 0; p < positions; p++) {
        cache.write(1, p, keys, p, 0);
      }
      FloatMatrix queries = gaussian(arena, 3, heads * headDim);
      FloatMatrix weights = gaussian(arena, 3, heads);
      FloatMatrix expected = FloatMatrix.allocate(arena, 1, 384);
      FloatMatrix actual = FloatMatrix.allocate(arena, 1, 384);
      for (int token = 0; token < 3; token++) {
        for (int page = 0; page < 3; page++) {
          VECTOR.indexScores(
              new IndexScores(queries, weights, cache.plane(1), expected), token, page, scratch);
          chosen.indexScores(
              new IndexScores(queries, weights, cache.plane(1), actual), token, page, scratch);
        }
        // Where a key is no number, the two choose different ones for its score.
        expected.set(0, 7, 0);
        actual.set(0, 7, 0);
        expected.set(0, 9, 0);
        actual.set(0, 9, 0);
        assertThat(bits(actual)).isEqualTo(bits(expected));
      }
    }
  }

  private FloatMatrix gaussian(Arena arena, int rows, int columns) {
    FloatMatrix matrix = FloatMatrix.allocate(arena, rows, columns);
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < columns; c++) {
        matrix.set(r, c, (float) random.nextGaussian());
      }
    }
    return matrix;
  }

  /** Bits of the first row; all that are no number count as one. */
  private static int[] bits(FloatMatrix matrix) {
    float[] row = matrix.row(0);
    int[] bits = new int[row.length];
    for (int i = 0; i < row.length; i++) {
      bits[i] = Float.floatToIntBits(row[i]);
    }
    return bits;
  }
}
