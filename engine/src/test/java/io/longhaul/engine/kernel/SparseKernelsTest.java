package io.longhaul.engine.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;

import io.longhaul.engine.cache.CacheLayout;
import io.longhaul.engine.cache.CacheLayout.Order;
import io.longhaul.engine.cache.CacheLayout.Plane;
import io.longhaul.engine.cache.KvCache;
import io.longhaul.engine.kernel.scalar.ScalarKernels;
import io.longhaul.engine.kernel.vector.VectorKernels;
import io.longhaul.engine.tensor.FloatMatrix;
import io.longhaul.engine.tensor.TensorType;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What sparse attention adds to the kernels: each twin against the other. */
class SparseKernelsTest {
  private static final Kernels SCALAR = new ScalarKernels();
  private static final Kernels VECTOR = new VectorKernels();
  private static final Kernels MACHINE = KernelChoice.AUTO.create();
  private static final List<TensorType> TYPES =
      List.of(TensorType.F32, TensorType.F16, TensorType.BF16, TensorType.Q8_0);

  private final Random random = new Random(7);

  @ParameterizedTest
  @CsvSource({"1,32,8", "4,32,32", "5,64,32", "6,512,64", "3,40,24", "9,17,15", "64,96,32"})
  void latentAttentionAgrees(int heads, int rank, int rope) {
    for (TensorType type : TYPES) {
      if ((rank + rope) % type.blockSize() == 0) {
        for (int selected : new int[] {1, 31, 32, 33, 100, 300}) {
          compareLatent(VECTOR, heads, rank, rope, type, selected);
          compareLatent(MACHINE, heads, rank, rope, type, selected);
        }
      }
    }
  }

  private void compareLatent(
      Kernels twin, int heads, int rank, int rope, TensorType type, int selected) {
    int cachedTokens = 300;
    int tokens = 2;
    CacheLayout layout = new CacheLayout(List.of(Plane.rows(1, rank + rope, type)));
    try (Arena arena = Arena.ofShared();
        Scratch scratch = new Scratch();
        Compute compute = new Compute(twin, 2);
        KvCache cache = new KvCache(layout)) {
      cache.reserve(cachedTokens);
      FloatMatrix rows = randomMatrix(arena, cachedTokens, rank + rope);
      for (int p = 0; p < cachedTokens; p++) {
        cache.write(0, p, rows, p, 0);
      }
      Selection selection = new Selection(tokens, selected);
      selection.selectAll(0, selected);
      TopK topK = new TopK();
      topK.scores(randomMatrix(arena, 1, cachedTokens).segment(), cachedTokens);
      selection.selectTop(1, selected, topK);
      FloatMatrix queries = randomMatrix(arena, tokens * heads, rank + rope);
      FloatMatrix expected = FloatMatrix.allocate(arena, tokens * heads, rank);
      FloatMatrix actual = FloatMatrix.allocate(arena, tokens * heads, rank);
      FloatMatrix split = FloatMatrix.allocate(arena, tokens * heads, rank);
      float scale = (float) (2 / Math.sqrt(rank));
      for (int t = 0; t < tokens; t++) {
        SCALAR.attendLatent(
            new LatentAttention(queries, cache.plane(0), selection, heads, scale, expected),
            t,
            0,
            heads,
            scratch);
        for (int h = 0; h < heads; h++) {
          twin.attendLatent(
              new LatentAttention(queries, cache.plane(0), selection, heads, scale, split),
              t,
              h,
              1,
              scratch);
        }
      }
      compute.attendLatent(
          new LatentAttention(queries, cache.plane(0), selection, heads, scale, actual), tokens);
      for (int r = 0; r < tokens * heads; r++) {
        for (int c = 0; c < rank; c++) {
          assertThat(actual.get(r, c))
              .as(
                  "%s: row %d, column %d of %d, %s, %d selected",
                  twin.name(), r, c, rank, type, selected)
              .isCloseTo(expected.get(r, c), offset(2e-5f));
          assertThat(split.get(r, c)).isEqualTo(actual.get(r, c));
        }
        for (int c = rank; c < actual.stride(); c++) {
          assertThat(actual.get(r, c)).as("padding").isZero();
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"1,8", "3,16", "4,32", "32,128", "33,20", "64,128"})
  void indexScoresAgree(int heads, int headDim) {
    for (TensorType type : List.of(TensorType.F32, TensorType.F16, TensorType.BF16)) {
      int cachedTokens = 200;
      int tokens = 2;
      CacheLayout layout =
          new CacheLayout(
              List.of(Plane.rows(1, 3, type), new Plane(1, headDim, type, Order.COLUMNS)));
      try (Arena arena = Arena.ofShared();
          Compute scalar = new Compute(SCALAR, 1);
          Compute vector = new Compute(VECTOR, 2);
          KvCache cache = new KvCache(layout)) {
        cache.reserve(cachedTokens);
        FloatMatrix keys = randomMatrix(arena, cachedTokens, headDim);
        for (int p = 0; p < cachedTokens; p++) {
          cache.write(1, p, keys, p, 0);
        }
        FloatMatrix queries = randomMatrix(arena, tokens, heads * headDim);
        FloatMatrix weights = randomMatrix(arena, tokens, heads);
        FloatMatrix expected = FloatMatrix.allocate(arena, 1, 256);
        FloatMatrix actual = FloatMatrix.allocate(arena, 1, 256);
        for (int t = 0; t < tokens; t++) {
          scalar.indexScores(
              new IndexScores(queries, weights, cache.plane(1), expected), t, cachedTokens);
          vector.indexScores(
              new IndexScores(queries, weights, cache.plane(1), actual), t, cachedTokens);
          double size = Math.sqrt((double) headDim * heads);
          for (int p = 0; p < cachedTokens; p++) {
            assertThat((double) actual.get(0, p))
                .as("position %d, %d heads of %d, %s", p, heads, headDim, type)
                .isCloseTo(expected.get(0, p), offset(2e-6 * size));
          }
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 5, 16, 40, 128})
  void layerNormAndScaledSumAgree(int width) {
    try (Arena arena = Arena.ofShared()) {
      FloatMatrix x = randomMatrix(arena, 2, width);
      FloatMatrix weight = randomMatrix(arena, 1, width);
      FloatMatrix bias = randomMatrix(arena, 1, width);
      FloatMatrix expected = FloatMatrix.allocate(arena, 2, width);
      FloatMatrix actual = FloatMatrix.allocate(arena, 2, width);
      SCALAR.layerNorm(x, 1, weight, bias, 1e-6f, expected);
      VECTOR.layerNorm(x, 1, weight, bias, 1e-6f, actual);
      compareRow(expected, actual, width);
      SCALAR.addScaled(expected, 1, x, 0, -0.7f);
      VECTOR.addScaled(actual, 1, x, 0, -0.7f);
      compareRow(expected, actual, width);
    }
  }

  private static void compareRow(FloatMatrix expected, FloatMatrix actual, int width) {
    for (int c = 0; c < width; c++) {
      assertThat(actual.get(1, c)).isCloseTo(expected.get(1, c), offset(2e-5f));
    }
    for (int c = width; c < actual.stride(); c++) {
      assertThat(actual.get(1, c)).as("padding").isZero();
    }
  }

  @Test
  void aTokenSeesItsListOrAll() {
    Selection selection = new Selection(2, 3);
    selection.selectAll(0, 5);
    assertThat(selection.positions(0)).containsExactly(0, 1, 2, 3, 4);
    try (Arena arena = Arena.ofConfined()) {
      FloatMatrix scores = FloatMatrix.allocate(arena, 1, 6);
      scores.setRow(0, new float[] {3, -1, 7, 0, 7, 2});
      TopK topK = new TopK();
      topK.scores(scores.segment(), 6);
      selection.selectTop(1, 3, topK);
    }
    assertThat(selection.positions(1)).containsExactly(0, 2, 4);
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
