package io.longhaul.engine.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PageCacheTest {
  private static final long MIB = 1 << 20;

  /** More than Linux takes in one request, with a part of a page at the end. */
  private static final long SIZE = 96 * MIB + 100;

  private SparseFile file;
  private PageCache cache;
  private long pageSize;

  @BeforeEach
  void map() throws IOException {
    file = SparseFile.ofBytes(SIZE);
    cache = new PageCache(List.of(file.mapped()));
    pageSize = PageCalls.ofSystem().orElseThrow().pageSize();
  }

  @AfterEach
  void unmap() throws IOException {
    file.close();
  }

  @Test
  void countsThePagesOnWhichAPartLies() {
    assertThat(cache.isSupported()).isTrue();
    assertThat(cache.pages(file.mapped())).isEqualTo(Math.ceilDiv(SIZE, pageSize));
    assertThat(cache.pages(file.mapped().asSlice(0, pageSize))).isEqualTo(1);
    assertThat(cache.pages(file.mapped().asSlice(1, pageSize))).isEqualTo(2);
    assertThat(cache.pages(file.mapped().asSlice(pageSize - 1, 2))).isEqualTo(2);
    assertThat(cache.pages(file.mapped().asSlice(SIZE - 1, 1))).isEqualTo(1);
  }

  @Test
  void whatWasReadIsInMemory() {
    assertThat(cache.pagesInMemory(file.mapped())).hasValue(0);
    file.touchAll();
    assertThat(cache.pagesInMemory(file.mapped())).hasValue(cache.pages(file.mapped()));
    MemorySegment part = file.mapped().asSlice(5 * MIB - 7, MIB);
    assertThat(cache.pagesInMemory(part)).hasValue(cache.pages(part));
  }

  /** What is read beyond the part, Linux chooses; usually less than a few MiB. */
  @Test
  void whatIsAskedForComesWithoutBeingTouchedAndTheRestStays() {
    MemorySegment asked = file.mapped().asSlice(35 * MIB - 7, 20 * MIB + 9);
    assertThat(cache.fetch(asked)).isZero();
    await(() -> cache.pagesInMemory(asked).orElseThrow() == cache.pages(asked));
    assertThat(cache.pagesInMemory(file.mapped().asSlice(0, 8 * MIB))).hasValue(0);
    assertThat(cache.pagesInMemory(file.mapped().asSlice(88 * MIB, 8 * MIB))).hasValue(0);
  }

  @Test
  void stopsWhenNoLongerWanted() {
    int[] asked = {0};
    cache.fetch(file.mapped(), () -> asked[0]++ < 8);
    assertThat(asked[0]).isEqualTo(9);
    await(() -> cache.pagesInMemory(file.mapped().asSlice(0, MIB)).orElseThrow() == MIB / pageSize);
    assertThat(cache.pagesInMemory(file.mapped().asSlice(48 * MIB))).hasValue(0);
  }

  /**
   * As systems without the newer advice do it. Linux may drop such a request while it is busy, so
   * it is repeated; were only the beginning asked for, no number of requests would bring the rest.
   */
  @Test
  void asksForEveryPieceOfALongPart() {
    PageCalls newest = PageCalls.ofSystem().orElseThrow();
    var older = new PageCalls(newest.madvise(), newest.mincore(), 3, newest.pageSize());
    var cacheOfOlder = new PageCache(List.of(file.mapped()), () -> Optional.of(older));
    await(
        () -> {
          assertThat(cacheOfOlder.fetch(file.mapped())).isZero();
          return cache.pagesInMemory(file.mapped()).orElseThrow() == cache.pages(file.mapped());
        });
  }

  @Test
  void tellsOfRefusedRequests() {
    PageCalls system = PageCalls.ofSystem().orElseThrow();
    var unknown = new PageCalls(system.madvise(), system.mincore(), 12345, system.pageSize());
    var cacheOfUnknown = new PageCache(List.of(file.mapped()), () -> Optional.of(unknown));
    assertThat(cacheOfUnknown.fetch(file.mapped().asSlice(0, MIB))).isEqualTo(8);
    assertThat(cache.pagesInMemory(file.mapped())).hasValue(0);
  }

  @Test
  void knowsPartsOfItsFilesAlone() throws IOException {
    try (SparseFile other = SparseFile.ofBytes(MIB);
        Arena arena = Arena.ofConfined()) {
      for (MemorySegment foreign :
          List.of(other.mapped(), arena.allocate(16), MemorySegment.ofArray(new byte[16]))) {
        assertThatThrownBy(() -> cache.fetch(foreign)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> cache.pagesInMemory(foreign))
            .isInstanceOf(IllegalArgumentException.class);
      }
      List<MemorySegment> unmapped = List.of(arena.allocate(16));
      assertThatThrownBy(() -> new PageCache(unmapped))
          .isInstanceOf(IllegalArgumentException.class);
      var both = new PageCache(List.of(file.mapped(), other.mapped()));
      other.touchAll();
      assertThat(both.pagesInMemory(other.mapped())).hasValue(MIB / pageSize);
      assertThat(both.pagesInMemory(file.mapped())).hasValue(0);
    }
  }

  @Test
  void asksNothingOfAClosedFile() {
    file.arena().close();
    assertThatThrownBy(() -> cache.fetch(file.mapped())).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> cache.pagesInMemory(file.mapped()))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void isSilentWhereTheSystemLacksTheCalls() {
    var none = new PageCache(List.of(file.mapped()), Optional::empty);
    assertThat(none.isSupported()).isFalse();
    assertThat(none.fetch(file.mapped())).isZero();
    assertThat(none.pages(file.mapped())).isZero();
    assertThat(none.pagesInMemory(file.mapped())).isEmpty();
    assertThat(cache.pagesInMemory(file.mapped())).hasValue(0);
  }

  /** The device fulfils a request in its own time. */
  static void await(BooleanSupplier condition) {
    long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("the time to wait for pages").isLessThan(end);
      Thread.onSpinWait();
    }
  }
}
