package io.longhaul.engine.file;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * The operating system's memory of mapped files: has parts of them read, and counts the pages that
 * are there.
 *
 * <p>Where the system lacks the calls, nothing is read ahead and nothing is known; nothing fails.
 */
public final class PageCache {
  /**
   * Bytes of one request. Linux cuts the kind that returns at once off, silently, at the device's
   * read-ahead or at its largest transfer, whichever is more ({@code force_page_cache_ra}); 128 KiB
   * is its least usual read-ahead.
   */
  private static final long PIECE = 128 << 10;

  private final NavigableMap<Long, MemorySegment> mappings = new TreeMap<>();
  private final Supplier<Optional<PageCalls>> calls;

  /**
   * Of some mapped files.
   *
   * @param mappings whole files, as {@link java.nio.channels.FileChannel#map} gives them
   */
  public PageCache(List<MemorySegment> mappings) {
    this(mappings, PageCalls::ofSystem);
  }

  PageCache(List<MemorySegment> mappings, Supplier<Optional<PageCalls>> calls) {
    this.calls = calls;
    for (MemorySegment mapping : mappings) {
      if (!mapping.isMapped()) {
        throw new IllegalArgumentException("no mapped file: " + mapping);
      }
      this.mappings.put(mapping.address(), mapping);
    }
  }

  /** Whether this system has the calls. */
  public boolean isSupported() {
    return calls.get().isPresent();
  }

  /** Decides, between two requests, whether the rest is still wanted. */
  @FunctionalInterface
  interface Wanted {
    boolean isWanted();
  }

  /**
   * Has the pages of a part of the files read, and on Linux mapped. Returns when they are there,
   * or, on older systems, when they have been asked for. More than the part may be read.
   *
   * @return requests that the system refused
   * @throws IllegalArgumentException if it is not a part of one of the files
   * @throws IllegalStateException if the file has been closed
   */
  public int fetch(MemorySegment part) {
    return fetch(part, () -> true);
  }

  int fetch(MemorySegment part, Wanted wanted) {
    Optional<PageCalls> system = calls.get();
    if (system.isEmpty()) {
      return 0;
    }
    MemorySegment pages = pages(part, system.get());
    int refused = 0;
    for (long at = 0; at < pages.byteSize() && wanted.isWanted(); at += PIECE) {
      MemorySegment piece = pages.asSlice(at, Math.min(PIECE, pages.byteSize() - at));
      if (!system.get().fetch(piece)) {
        refused++;
      }
    }
    return refused;
  }

  /** The number of pages on which a part of the files lies; 0 where pages are unknown. */
  public long pages(MemorySegment part) {
    return calls.get().map(c -> count(pages(part, c), c)).orElse(0L);
  }

  /**
   * How many of the {@link #pages(MemorySegment)} are in memory now; empty if the system does not
   * tell. Linux tells the truth to those alone who own the file or may write to it; to others all
   * pages seem to be there.
   *
   * @throws IllegalArgumentException if it is not a part of one of the files
   * @throws IllegalStateException if the file has been closed
   */
  public OptionalLong pagesInMemory(MemorySegment part) {
    return calls.get().map(c -> pagesInMemory(part, c)).orElse(OptionalLong.empty());
  }

  private OptionalLong pagesInMemory(MemorySegment part, PageCalls c) {
    MemorySegment pages = pages(part, c);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment states = arena.allocate(count(pages, c));
      if (!c.inCore(pages, states)) {
        return OptionalLong.empty();
      }
      long found = 0;
      for (long i = 0; i < states.byteSize(); i++) {
        found += states.get(ValueLayout.JAVA_BYTE, i) & 1;
      }
      return OptionalLong.of(found);
    }
  }

  private static long count(MemorySegment pages, PageCalls c) {
    return Math.ceilDiv(pages.byteSize(), c.pageSize());
  }

  /** The part of a mapping from the page on in which {@code part} begins. */
  private MemorySegment pages(MemorySegment part, PageCalls c) {
    var below = mappings.floorEntry(part.address());
    if (below == null
        || part.address() + part.byteSize() > below.getKey() + below.getValue().byteSize()) {
      throw new IllegalArgumentException("not a part of the mapped files: " + part);
    }
    MemorySegment mapping = below.getValue();
    if (!mapping.scope().isAlive()) {
      throw new IllegalStateException("the file is closed: " + part);
    }
    long begin = part.address() - mapping.address();
    long aligned = begin - begin % c.pageSize();
    return mapping.asSlice(aligned, begin + part.byteSize() - aligned);
  }
}
