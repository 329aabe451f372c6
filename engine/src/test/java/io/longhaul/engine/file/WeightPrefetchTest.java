package io.longhaul.engine.file;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class WeightPrefetchTest {
  private static final long MIB = 1 << 20;

  private SparseFile file;
  private PageCache cache;
  private MemorySegment first;
  private MemorySegment second;
  private MemorySegment third;

  @BeforeEach
  void map() throws IOException {
    file = SparseFile.ofBytes(64 * MIB);
    cache = new PageCache(List.of(file.mapped()));
    first = file.mapped().asSlice(33, 2 * MIB);
    second = file.mapped().asSlice(20 * MIB, 4 * MIB);
    third = file.mapped().asSlice(50 * MIB, 8 * MIB);
  }

  @AfterEach
  void unmap() throws IOException {
    file.close();
  }

  @Test
  void readsWhatIsChosen() {
    try (var prefetch = new WeightPrefetch(cache, true, Long.MAX_VALUE)) {
      prefetch.chosen(2, List.of(first, second));
      PageCacheTest.await(() -> isThere(first) && isThere(second));
      assertThat(cache.pagesInMemory(third)).hasValue(0);
      prefetch.chosen(1, List.of(third));
      PageCacheTest.await(() -> isThere(third));
      PageCacheTest.await(() -> prefetch.statistics().requestedBytes() == 14 * MIB);
      assertThat(prefetch.statistics())
          .isEqualTo(new PrefetchStatistics(true, 3, 14 * MIB, 14 * MIB, 0, 0, 0));
    }
  }

  @Test
  void asksForNoMoreThanTheLimit() {
    try (var prefetch = new WeightPrefetch(cache, true, 6 * MIB)) {
      prefetch.chosen(3, List.of(first, second, third));
      PageCacheTest.await(() -> isThere(first) && isThere(second));
      // The thread hears of the next choice only after it has been through with this one.
      prefetch.chosen(1, List.of(first));
      PageCacheTest.await(() -> prefetch.statistics().requestedBytes() == 8 * MIB);
      assertThat(cache.pagesInMemory(third)).hasValue(0);
      assertThat(prefetch.statistics().bytes()).isEqualTo(16 * MIB);
    }
  }

  @Test
  void countsOnlyWhileAsked() {
    try (var prefetch = new WeightPrefetch(cache, false, Long.MAX_VALUE)) {
      prefetch.chosen(1, List.of(first));
      assertThat(prefetch.statistics())
          .isEqualTo(new PrefetchStatistics(false, 1, 2 * MIB, 0, 0, 0, 0));
      assertThat(prefetch.statistics().shareInMemory()).isNaN();
      prefetch.countPages(true);
      prefetch.chosen(1, List.of(second));
      PrefetchStatistics absent = prefetch.statistics();
      assertThat(absent.countedPages()).isEqualTo(cache.pages(second));
      assertThat(absent.shareInMemory()).isZero();

      file.touchAll();
      prefetch.chosen(1, List.of(second));
      assertThat(prefetch.statistics().shareInMemory()).isEqualTo(0.5);
      assertThat(prefetch.statistics().since(absent).shareInMemory()).isEqualTo(1);
      assertThat(prefetch.statistics().since(absent).experts()).isEqualTo(1);

      prefetch.countPages(false);
      prefetch.chosen(1, List.of(third));
      assertThat(prefetch.statistics().countedPages()).isEqualTo(2 * cache.pages(second));
    }
  }

  /** The file can be closed at once: no request holds it any more. */
  @Test
  void closingEndsARequestInTheMiddle() {
    for (int i = 0; i < 20; i++) {
      var prefetch = new WeightPrefetch(cache, true, Long.MAX_VALUE);
      prefetch.chosen(1, List.of(file.mapped()));
      prefetch.close();
      prefetch.close();
    }
    file.arena().close();
    assertThat(file.arena().scope().isAlive()).isFalse();
  }

  @Test
  void doesWithoutTheSystemsCalls() {
    var none = new PageCache(List.of(file.mapped()), Optional::empty);
    try (var prefetch = new WeightPrefetch(none, true, Long.MAX_VALUE)) {
      prefetch.countPages(true);
      prefetch.chosen(1, List.of(first));
      assertThat(prefetch.statistics())
          .isEqualTo(new PrefetchStatistics(false, 1, 2 * MIB, 0, 0, 0, 0));
    }
  }

  private boolean isThere(MemorySegment part) {
    return cache.pagesInMemory(part).orElseThrow() == cache.pages(part);
  }
}
