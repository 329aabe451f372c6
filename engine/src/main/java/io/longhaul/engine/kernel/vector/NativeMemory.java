package io.longhaul.engine.kernel.vector;

import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * Checks a kernel's memory once, so that its inner loop need not.
 *
 * <p>Every access through a segment asks for its class, its bounds and whether its arena is open.
 * The JIT compiler moves these questions out of a loop only while its profile of the shared code in
 * the JDK is clean, and what other kernels do spoils that profile: the same loop then runs at a
 * third of its speed. So a kernel has its segments checked here, gets absolute addresses, and
 * accesses them through {@link #ALL}, about which everything is known when it is compiled.
 *
 * <p>What remains for the caller: to keep the segments reachable until the kernel is done ({@link
 * java.lang.ref.Reference#reachabilityFence}), and not to close their arena meanwhile.
 */
public final class NativeMemory {
  /** The whole address space: the offset of a byte is its address. */
  @SuppressWarnings("restricted") // Reached only with addresses that were checked below.
  static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  private NativeMemory() {}

  /**
   * The address of {@code bytes} bytes at {@code offset}, all of them in the segment.
   *
   * @throws IndexOutOfBoundsException if they are not
   * @throws IllegalArgumentException if the segment is on the heap, where nothing has an address
   * @throws IllegalStateException if the segment's arena is closed
   * @throws WrongThreadException if this thread may not access it
   */
  public static long readable(MemorySegment segment, long offset, long bytes) {
    Objects.checkFromIndexSize(offset, bytes, segment.byteSize());
    if (!segment.isNative()) {
      throw new IllegalArgumentException("vector kernels need memory off the heap: " + segment);
    }
    if (!segment.isAccessibleBy(Thread.currentThread())) {
      throw new WrongThreadException("memory of another thread: " + segment);
    }
    if (!segment.scope().isAlive()) {
      throw new IllegalStateException("memory of a closed arena: " + segment);
    }
    return segment.address() + offset;
  }

  /**
   * As {@link #readable}, for output.
   *
   * @throws IllegalArgumentException also if the segment is read-only
   */
  public static long writable(MemorySegment segment, long offset, long bytes) {
    if (segment.isReadOnly()) {
      throw new IllegalArgumentException("memory is read-only: " + segment);
    }
    return readable(segment, offset, bytes);
  }
}
