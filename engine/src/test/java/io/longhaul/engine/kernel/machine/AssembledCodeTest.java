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
import io.longhaul.engine.kernel.machine.CodedWeights.Fill;
import io.longhaul.engine.kernel.vector.VectorKernels;
import io.longhaul.engine.tensor.FloatMatrix;
import io.longhaul.engine.tensor.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

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

  /** All that have code, and others. */
  @ParameterizedTest
  @EnumSource(
      names = {
        "F32", "F16", "BF16", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "IQ4_NL", "Q2_K", "Q3_K",
        "Q4_K", "Q5_K", "Q6_K", "MXFP4"
      })
  void rowsOfOneTokenAreTheSameBits(TensorType type) {
    int[] columns = {32, 64, 96, 192, 512, 2048, 4096 + 32, 16384};
    for (int rows : new int[] {1, 7, 8, 9, 16, 17, 31, 40}) {
      for (Fill fill : Fill.values()) {
        int least = Math.max(columns[random.nextInt(columns.length)], type.blockSize());
        compareRows(type, rows, least / type.blockSize() * type.blockSize(), fill);
      }
    }
  }

  /** Rows that the code's steps do not divide, and those that do not fill a vector. */
  @ParameterizedTest
  @EnumSource(names = {"F32", "F16", "BF16"})
  void rowsOfAnyLengthAreTheSameBits(TensorType type) {
    for (int columns : new int[] {1, 15, 16, 17, 48, 80, 100, 1000}) {
      compareRows(type, 19, columns, Fill.RANDOM);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = TensorType.class,
      names = {
        "F32", "F16", "BF16", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q4_K", "Q5_K", "Q6_K",
        "IQ4_NL"
      })
  void decodedRowsAreTheSameBits(TensorType type) {
    Optional<RowDecodes> code = RowDecodes.of(type);
    assertThat(code.isPresent()).isEqualTo(AssembledCode.isPossible());
    int rows = RowDecodes.ROWS;
    int columns = 512;
    for (Fill fill : Fill.values()) {
      try (Arena arena = Arena.ofShared()) {
        Weights weights = CodedWeights.of(arena, type, rows, columns, fill, random);
        FloatMatrix expected = FloatMatrix.allocate(arena, rows, columns);
        FloatMatrix actual = FloatMatrix.allocate(arena, rows, columns);
        MemorySegment scratch = arena.allocate(RowDecodes.SCRATCH_BYTES, 64);
        for (int r = 0; r < rows; r++) {
          VECTOR.decodeRow(weights, r, expected, r);
        }
        code.ifPresent(
            c ->
                c.decode(
                    weights.data().address(),
                    weights.rowBytes(),
                    columns,
                    actual.segment().address(),
                    actual.offset(1),
                    scratch.address()));
        for (int r = 0; r < rows && code.isPresent(); r++) {
          assertThat(bits(actual.slice(r, 1))).isEqualTo(bits(expected.slice(r, 1)));
        }
      }
    }
  }

  private void compareRows(TensorType type, int rows, int columns, Fill fill) {
    try (Arena arena = Arena.ofShared();
        Scratch scratch = new Scratch()) {
      Weights weights = CodedWeights.of(arena, type, rows, columns, fill, random);
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
      assertThat(bits(actual))
          .as("%s %d × %d, %s", type, rows, columns, fill)
          .isEqualTo(bits(expected));
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
