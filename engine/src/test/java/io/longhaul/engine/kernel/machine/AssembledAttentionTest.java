package io.longhaul.engine.kernel.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import io.longhaul.engine.cache.CacheLayout;
import io.longhaul.engine.cache.KvCache;
import io.longhaul.engine.kernel.Attention;
import io.longhaul.engine.kernel.KernelChoice;
import io.longhaul.engine.kernel.Kernels;
import io.longhaul.engine.kernel.Scratch;
import io.longhaul.engine.tensor.FloatMatrix;
import io.longhaul.engine.tensor.TensorType;
import java.lang.foreign.Arena;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Attention over half floats, against the scalar twin and against itself in other tiles. */
class AssembledAttentionTest {
  private static final int KV_HEADS = 2;

  private final Kernels expected = KernelChoice.SCALAR.create();
  private final Kernels actual = KernelChoice.AUTO.create();
  private final Random random = new Random(29);
  private final Arena arena = Arena.ofShared();
  private final Scratch scratch = new Scratch();

  @AfterEach
  void free() {
    scratch.close();
    arena.close();
  }

  @Test
  void thereIsCodeWhereThereIsAny() {
    try (KvCache cache = cache(64, 5)) {
      Attention attention = attention(matrix(1, 128), 4, cache, 2, Attention.NO_WINDOW);
      assertThat(AssembledAttention.isPossible(attention)).isEqualTo(AssembledCode.isPossible());
    }
  }

  /** Group sizes and tokens: 1 to 64 rows in a tile, whatever divides them. */
  @ParameterizedTest
  @CsvSource({
    "64, 1, 1",
    "64, 1, 2",
    "64, 3, 1",
    "64, 4, 1",
    "64, 5, 1",
    "64, 7, 3",
    "64, 8, 8",
    "64, 2, 7",
    "32, 3, 2",
    "96, 3, 2",
    "128, 1, 1",
    "128, 4, 5",
    "128, 6, 2",
    "256, 1, 3",
    "256, 2, 1",
    "256, 8, 1"
  })
  void tilesOfAnySizeAgree(int headDim, int group, int tokens) {
    for (int before : new int[] {0, 1, 3, 30, 31, 32, 126, 127, 128, 131, 300}) {
      try (KvCache cache = cache(headDim, before + tokens)) {
        compare(cache, before, tokens, group, Attention.NO_WINDOW);
        compare(cache, before, tokens, group, 1);
        compare(cache, before, tokens, group, 37);
        compare(cache, before, tokens, group, 128);
      }
    }
  }

  private void compare(KvCache cache, int before, int tokens, int group, int window) {
    int headDim = cache.layout().planes().get(0).columns();
    int heads = KV_HEADS * group;
    FloatMatrix q = gaussian(tokens, heads * headDim);
    Attention want = attention(q, before, cache, heads, window);
    Attention got = attention(q, before, cache, heads, window);
    Attention alone = attention(q, before, cache, heads, window);
    for (int head = 0; head < heads; head += group) {
      expected.attend(want, 0, tokens, head, group, scratch);
      actual.attend(got, 0, tokens, head, group, scratch);
    }
    for (int t = 0; t < tokens; t++) {
      for (int head = 0; head < heads; head++) {
        actual.attend(alone, t, 1, head, 1, scratch);
      }
      assertThat(alone.out().row(t)).isEqualTo(got.out().row(t));
      for (int c = 0; c < heads * headDim; c++) {
        assertThat(got.out().get(t, c))
            .as("token %d of %d after %d, column %d, window %d", t, tokens, before, c, window)
            .isCloseTo(want.out().get(t, c), offset(1e-5f));
      }
    }
  }

  /** What lies in the cache outside of the tokens that a query sees. */
  @ParameterizedTest
  @ValueSource(ints = {1, 4, 37, 200})
  void whatATokenDoesNotSeeMayBeNoNumber(int window) {
    int headDim = 64;
    int position = 141;
    int group = 3;
    int heads = KV_HEADS * group;
    try (KvCache cache = cache(headDim, 160)) {
      FloatMatrix q = gaussian(1, heads * headDim);
      Attention clean = attention(q, position, cache, heads, window);
      actual.attend(clean, 0, 1, 0, group, scratch);
      FloatMatrix none = matrix(1, KV_HEADS * headDim);
      for (int c = 0; c < none.columns(); c++) {
        none.set(0, c, c % 2 == 0 ? Float.NaN : Float.NEGATIVE_INFINITY);
      }
      for (int p = 0; p < 160; p++) {
        if (p > position) {
          cache.write(0, p, none, 0, 0);
          cache.write(1, p, none, 0, 0);
        } else if (p <= position - window) {
          cache.write(0, p, none, 0, 0);
        }
      }
      Attention beside = attention(q, position, cache, heads, window);
      actual.attend(beside, 0, 1, 0, group, scratch);
      assertThat(beside.out().row(0)).isEqualTo(clean.out().row(0));
    }
  }

  @Test
  void whatIsNoNumberReachesItsOwnHeadAlone() {
    int headDim = 64;
    try (KvCache cache = cache(headDim, 50)) {
      FloatMatrix q = gaussian(1, 2 * headDim);
      FloatMatrix key = gaussian(1, KV_HEADS * headDim);
      key.set(0, headDim + 5, Float.NaN);
      cache.write(0, 20, key, 0, 0);
      Attention attention = attention(q, 49, cache, 2, Attention.NO_WINDOW);
      actual.attend(attention, 0, 1, 0, 1, scratch);
      actual.attend(attention, 0, 1, 1, 1, scratch);
      for (int c = 0; c < headDim; c++) {
        assertThat(attention.out().get(0, c)).isFinite();
        assertThat(attention.out().get(0, headDim + c)).isNaN();
      }
    }
  }

  /** Scores so far apart that the weights of most positions are the least floats, or zero. */
  @Test
  void steepScoresAgree() {
    int headDim = 64;
    try (KvCache cache = cache(headDim, 300)) {
      FloatMatrix q = gaussian(2, 4 * headDim);
      for (int c = 0; c < 4 * headDim; c++) {
        q.set(0, c, 40 * q.get(0, c));
        q.set(1, c, 4000 * q.get(1, c));
      }
      Attention want = attention(q, 298, cache, 4, Attention.NO_WINDOW);
      Attention got = attention(q, 298, cache, 4, Attention.NO_WINDOW);
      expected.attend(want, 0, 2, 0, 2, scratch);
      actual.attend(got, 0, 2, 0, 2, scratch);
      for (int t = 0; t < 2; t++) {
        for (int c = 0; c < 4 * headDim; c++) {
          // Scores of thousands differ by a few thousandths, whatever the order of their sums.
          assertThat(got.out().get(t, c)).isCloseTo(want.out().get(t, c), offset(2e-2f));
        }
      }
    }
  }

  private Attention attention(FloatMatrix q, int first, KvCache cache, int heads, int window) {
    int headDim = cache.layout().planes().get(0).columns();
    float scale = (float) (1 / Math.sqrt(headDim));
    FloatMatrix out = matrix(q.rows(), q.columns());
    return new Attention(q, first, cache.keyValues(0), heads, scale, window, out);
  }

  private KvCache cache(int headDim, int positions) {
    KvCache cache = new KvCache(CacheLayout.groupedQuery(1, KV_HEADS, headDim, TensorType.F16));
    cache.reserve(positions);
    FloatMatrix rows = gaussian(2, KV_HEADS * headDim);
    for (int p = 0; p < positions; p++) {
      for (int c = 0; c < rows.columns(); c++) {
        rows.set(0, c, (float) random.nextGaussian());
        rows.set(1, c, (float) random.nextGaussian());
      }
      cache.write(0, p, rows, 0, 0);
      cache.write(1, p, rows, 1, 0);
    }
    return cache;
  }

  private FloatMatrix matrix(int rows, int columns) {
    return FloatMatrix.allocate(arena, rows, columns);
  }

  private FloatMatrix gaussian(int rows, int columns) {
    FloatMatrix matrix = matrix(rows, columns);
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < columns; c++) {
        matrix.set(r, c, (float) random.nextGaussian());
      }
    }
    return matrix;
  }
}
