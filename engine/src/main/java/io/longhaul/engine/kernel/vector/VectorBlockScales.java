package io.longhaul.engine.kernel.vector;

import static io.longhaul.engine.kernel.vector.NativeMemory.ALL;
import static io.longhaul.engine.kernel.vector.NativeMemory.writable;
import static io.longhaul.engine.kernel.vector.VectorWidth.FLOATS;
import static io.longhaul.engine.kernel.vector.VectorWidth.NATIVE;

import io.longhaul.engine.kernel.BlockScales;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/** {@link BlockScales#multiply} with the Vector API. */
public final class VectorBlockScales {
  private static final int LANES = FLOATS.length();

  private VectorBlockScales() {}

  /** Multiplies decoded weights of one row in place, as {@link BlockScales#multiply} does. */
  public static void multiply(
      BlockScales scales, int row, int column, int count, MemorySegment values, long offset) {
    long first = writable(values, offset, (long) count * Float.BYTES);
    try {
      int end = column + count;
      for (int from = column; from < end; ) {
        int to = Math.min(end, (from / BlockScales.BLOCK + 1) * BlockScales.BLOCK);
        multiply(scales.at(row, from), to - from, first + (long) (from - column) * Float.BYTES);
        from = to;
      }
    } finally {
      Reference.reachabilityFence(values);
    }
  }

  private static void multiply(float scale, int count, long address) {
    int i = 0;
    for (; i <= count - LANES; i += LANES) {
      long at = address + (long) i * Float.BYTES;
      FloatVector.fromMemorySegment(FLOATS, ALL, at, NATIVE)
          .mul(scale)
          .intoMemorySegment(ALL, at, NATIVE);
    }
    if (i < count) {
      long at = address + (long) i * Float.BYTES;
      VectorMask<Float> rest = FLOATS.indexInRange(i, count);
      FloatVector.fromMemorySegment(FLOATS, ALL, at, NATIVE, rest)
          .mul(scale)
          .intoMemorySegment(ALL, at, NATIVE, rest);
    }
  }
}
