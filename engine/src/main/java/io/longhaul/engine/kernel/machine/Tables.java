package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.Codebooks;
import io.longhaul.engine.kernel.scalar.Grids;
import io.longhaul.engine.tensor.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Tables in which assembled code looks up what the weights of a type mean. Their addresses are in
 * the code, so they stay for as long as the process.
 */
final class Tables {
  private static final Map<TensorType, MemorySegment> BY_TYPE = new ConcurrentHashMap<>();
  private static final int LINE = 64;
  private static final int SCALES = 256;

  private Tables() {}

  /** The address of the type's table, which is made when it is first asked for. */
  static long address(TensorType type) {
    return BY_TYPE.computeIfAbsent(type, Tables::make).address();
  }

  private static MemorySegment make(TensorType type) {
    return switch (type) {
      case MXFP4 -> scales();
      case IQ1_S, IQ1_M -> unsigned(Grids.of(type));
      default -> copy(Grids.of(type));
    };
  }

  /** A float for each byte that is a scale of MXFP4. */
  private static MemorySegment scales() {
    MemorySegment table = Arena.global().allocate((long) SCALES * Float.BYTES, LINE);
    for (int i = 0; i < SCALES; i++) {
      table.setAtIndex(ValueLayout.JAVA_FLOAT, i, Codebooks.halfOfE8m0(i));
    }
    return table;
  }

  /** Points of -1, 0 and 1 as eighths, from 0: 0, 8 and 16. */
  private static MemorySegment unsigned(byte[] points) {
    for (int i = 0; i < points.length; i++) {
      points[i] = (byte) (8 * (points[i] + 1));
    }
    return copy(points);
  }

  private static MemorySegment copy(byte[] points) {
    MemorySegment table = Arena.global().allocate(points.length, LINE);
    return table.copyFrom(MemorySegment.ofArray(points));
  }
}
