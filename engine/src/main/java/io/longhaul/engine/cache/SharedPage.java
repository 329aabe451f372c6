package io.longhaul.engine.cache;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicInteger;

/** A piece of memory that several caches may hold; the last one to release it frees it. */
final class SharedPage {
  private static final long ALIGNMENT = 64;

  private final Arena arena = Arena.ofShared();
  private final MemorySegment segment;
  private final AtomicInteger holders = new AtomicInteger(1);

  private SharedPage(long bytes) {
    segment = arena.allocate(bytes, ALIGNMENT);
  }

  static SharedPage allocate(long bytes) {
    return new SharedPage(bytes);
  }

  MemorySegment segment() {
    return segment;
  }

  boolean isShared() {
    return holders.get() > 1;
  }

  SharedPage share() {
    holders.incrementAndGet();
    return this;
  }

  /** A page of its own with the same content. */
  SharedPage copy() {
    SharedPage copy = allocate(segment.byteSize());
    copy.segment.copyFrom(segment);
    return copy;
  }

  void release() {
    if (holders.decrementAndGet() == 0) {
      arena.close();
    }
  }
}
