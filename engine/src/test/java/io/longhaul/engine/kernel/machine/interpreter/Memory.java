package io.longhaul.engine.kernel.machine.interpreter;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The memory that interpreted code may touch: native segments, each byte at its real address. An
 * access must lie within one of them as a whole; anything else fails the test.
 */
public final class Memory {
  private record Range(String name, MemorySegment segment, boolean writable) {
    long begin() {
      return segment.address();
    }

    long end() {
      return begin() + segment.byteSize();
    }

    boolean holds(long address, int bytes) {
      return address >= begin() && address + bytes <= end();
    }

    /** Bytes of the access that are before or behind the range, or those between the two. */
    long distance(long address, int bytes) {
      return Math.max(begin() - address, address + bytes - end());
    }
  }

  private final List<Range> ranges = new ArrayList<>();

  /** Allows reads of a segment. */
  public Memory readable(String name, MemorySegment segment) {
    ranges.add(new Range(name, segment, false));
    return this;
  }

  /** Allows reads of a segment, and writes. */
  public Memory writable(String name, MemorySegment segment) {
    ranges.add(new Range(name, segment, true));
    return this;
  }

  void read(long address, byte[] to, int at, int bytes) {
    Range range = range(address, bytes, false);
    MemorySegment.copy(
        range.segment, ValueLayout.JAVA_BYTE, address - range.begin(), to, at, bytes);
  }

  void write(long address, byte[] from, int at, int bytes) {
    Range range = range(address, bytes, true);
    MemorySegment.copy(
        from, at, range.segment, ValueLayout.JAVA_BYTE, address - range.begin(), bytes);
  }

  private Range range(long address, int bytes, boolean write) {
    for (Range range : ranges) {
      if (range.holds(address, bytes) && (range.writable || !write)) {
        return range;
      }
    }
    throw new AssertionError(
        (write ? "writes " : "reads ")
            + bytes
            + " bytes at 0x"
            + Long.toHexString(address)
            + ranges.stream()
                .filter(range -> range.writable || !write)
                .min(Comparator.comparingLong(range -> range.distance(address, bytes)))
                .map(range -> place(range, address, bytes))
                .orElse(": no memory is allowed"));
  }

  private static String place(Range range, long address, int bytes) {
    long before = range.begin() - address;
    String where =
        before > 0
            ? before + " bytes before"
            : range.distance(address, bytes) + " bytes too far for";
    return ": " + where + " '" + range.name + "' of " + range.segment.byteSize() + " bytes";
  }
}
