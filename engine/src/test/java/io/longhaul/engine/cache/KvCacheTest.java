package io.longhaul.engine.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.longhaul.engine.cache.CacheLayout.Plane;
import io.longhaul.engine.kernel.KeyValuePages;
import io.longhaul.engine.tensor.FloatMatrix;
import io.longhaul.engine.tensor.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.junit.jupiter.api.Test;

class KvCacheTest {
  private static final CacheLayout SHAPE = CacheLayout.groupedQuery(2, 2, 4, TensorType.F32);

  @Test
  void aForkSharesWhatWasWrittenAndEachGoesItsOwnWay() {
    try (KvCache cache = new KvCache(SHAPE)) {
      append(cache, 200, 1);
      KvCache fork = cache.fork();
      assertThat(fork.length()).isEqualTo(200);
      assertThat(fork.keyValues(0).pages().getFirst())
          .isSameAs(cache.keyValues(0).pages().getFirst());
      append(cache, 5, 2);
      append(fork, 5, 3);
      assertThat(key(cache, 150)).isEqualTo(key(fork, 150)).isEqualTo(1150f);
      assertThat(key(cache, 202)).isEqualTo(2202f);
      assertThat(key(fork, 202)).isEqualTo(3202f);
      // The first page is complete, so neither copied it.
      assertThat(fork.keyValues(0).pages().getFirst())
          .isSameAs(cache.keyValues(0).pages().getFirst());
      assertThat(fork.keyValues(0).pages().get(1)).isNotSameAs(cache.keyValues(0).pages().get(1));
      fork.close();
      assertThat(key(cache, 100)).isEqualTo(1100f);
    }
  }

  @Test
  void aForkAtAPrefixHasTheSamePagesAndNoMore() {
    try (KvCache cache = new KvCache(SHAPE)) {
      append(cache, 300, 1);
      for (int prefix : new int[] {0, 1, 128, 129, 256, 300}) {
        try (KvCache fork = cache.fork(prefix)) {
          assertThat(fork.length()).isEqualTo(prefix);
          List<MemorySegment> shared = fork.keyValues(0).pages();
          assertThat(shared).hasSize((prefix + 127) / 128);
          for (int i = 0; i < shared.size(); i++) {
            assertThat(shared.get(i)).isSameAs(cache.keyValues(0).pages().get(i));
          }
        }
      }
      assertThatThrownBy(() -> cache.fork(301)).isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> cache.fork(-1)).isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void aForkAtAPrefixCopiesTheOnePageWhereTheyPart() {
    try (KvCache cache = new KvCache(SHAPE);
        KvCache fork = withTokens(cache, 300).fork(200)) {
      append(fork, 60, 3);
      assertThat(fork.keyValues(0).pages()).hasSize(3);
      assertThat(fork.keyValues(0).pages().getFirst())
          .isSameAs(cache.keyValues(0).pages().getFirst());
      assertThat(fork.keyValues(0).pages().get(1)).isNotSameAs(cache.keyValues(0).pages().get(1));
      assertThat(key(fork, 199)).isEqualTo(key(cache, 199)).isEqualTo(1199f);
      assertThat(key(fork, 200)).isEqualTo(3200f);
      assertThat(key(cache, 200)).isEqualTo(1200f);
    }
  }

  private static KvCache withTokens(KvCache cache, int tokens) {
    append(cache, tokens, 1);
    return cache;
  }

  @Test
  void aForkOutlivesTheCacheItCameFrom() {
    KvCache cache = new KvCache(SHAPE);
    append(cache, 130, 1);
    try (KvCache fork = cache.fork()) {
      cache.close();
      assertThat(key(fork, 129)).isEqualTo(1129f);
    }
  }

  @Test
  void aTruncatedCacheTakesOtherTokens() {
    try (KvCache cache = new KvCache(SHAPE)) {
      append(cache, 300, 1);
      cache.truncate(129);
      assertThat(cache.length()).isEqualTo(129);
      append(cache, 3, 2);
      assertThat(key(cache, 128)).isEqualTo(1128f);
      assertThat(key(cache, 129)).isEqualTo(2129f);
      assertThatThrownBy(() -> cache.truncate(133)).isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void halfPrecisionTakesHalfTheMemory() {
    assertThat(SHAPE.bytesPerToken()).isEqualTo(2 * 2 * 2 * 4 * 4);
    assertThat(CacheLayout.groupedQuery(2, 2, 4, TensorType.F16).bytesPerToken())
        .isEqualTo(SHAPE.bytesPerToken() / 2);
  }

  /** Index keys take two bytes in all types but F32; F16 ranks positions more truly than BF16. */
  @Test
  void columnsAreNeverCoarserThanF16() {
    assertThat(Plane.columns(8, TensorType.F32).type()).isEqualTo(TensorType.F32);
    for (TensorType type : List.of(TensorType.F16, TensorType.BF16, TensorType.Q8_0)) {
      assertThat(Plane.columns(8, type).type()).isEqualTo(TensorType.F16);
    }
  }

  /** Adds tokens whose keys are writer · 1000 + position. */
  private static void append(KvCache cache, int tokens, int writer) {
    try (Arena arena = Arena.ofConfined()) {
      FloatMatrix row = FloatMatrix.allocate(arena, 1, 8);
      cache.reserve(tokens);
      for (int p = cache.length(); p < cache.length() + tokens; p++) {
        for (int c = 0; c < 8; c++) {
          row.set(0, c, writer * 1000f + p);
        }
        for (int layer = 0; layer < 2; layer++) {
          cache.write(2 * layer, p, row, 0, 0);
          cache.write(2 * layer + 1, p, row, 0, 0);
        }
      }
      cache.advance(tokens);
    }
  }

  private static float key(KvCache cache, int position) {
    KeyValuePages layer = cache.keyValues(2);
    return layer.page(position).get(ValueLayout.JAVA_FLOAT, layer.keyOffset(1, position));
  }
}
