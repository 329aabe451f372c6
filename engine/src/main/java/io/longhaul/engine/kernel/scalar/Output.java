package io.longhaul.engine.kernel.scalar;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Where decoded floats go. */
final class Output {
  private Output() {}

  /** Stores element {@code index} of the floats that start at byte {@code offset}. */
  static void put(MemorySegment out, long offset, int index, float value) {
    out.set(ValueLayout.JAVA_FLOAT_UNALIGNED, offset + (long) index * Float.BYTES, value);
  }
}
