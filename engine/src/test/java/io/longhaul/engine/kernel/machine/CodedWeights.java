package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.Weights;
import io.longhaul.engine.tensor.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import java.util.Random;

/** Weights of any type in memory that ends with them. */
final class CodedWeights {
  private static final byte[] ENDS = {0, -1, 127, -128, 0x0F, (byte) 0xF0, 0x3F, (byte) 0xC0};

  private static final short[] SCALES = {
    0, 1, (short) 0x8001, 0x3FF, 0x400, 0x7BFF, (short) 0xFBFF, 0x7C00, (short) 0xFC00, 0x7E00
  };

  /** What is in blocks. */
  enum Fill {
    RANDOM,
    /** All codes and scales zero. */
    ZERO,
    /** Codes at their ends, scales that are the least, the greatest, infinite or no number. */
    BOUNDARIES
  }

  private CodedWeights() {}

  static Weights of(Arena arena, TensorType type, int rows, int columns, Fill fill, Random random) {
    MemorySegment data = arena.allocate(type.bytes((long) rows * columns), 64);
    fill(type, data, fill, random);
    return new Weights("w", type, rows, columns, data, Optional.empty());
  }

  static void fill(TensorType type, MemorySegment data, Fill fill, Random random) {
    for (long at = 0; at < data.byteSize(); at++) {
      byte code =
          switch (fill) {
            case RANDOM -> (byte) random.nextInt(256);
            case ZERO -> 0;
            case BOUNDARIES -> ENDS[random.nextInt(ENDS.length)];
          };
      data.set(ValueLayout.JAVA_BYTE, at, code);
    }
    for (long block = 0; block < data.byteSize(); block += type.bytesPerBlock()) {
      for (int at : scales(type)) {
        short scale =
            switch (fill) {
              case RANDOM -> Float.floatToFloat16((float) random.nextGaussian() / 64);
              case ZERO -> 0;
              case BOUNDARIES -> SCALES[random.nextInt(SCALES.length)];
            };
        data.set(ValueLayout.JAVA_SHORT_UNALIGNED, block + at, scale);
      }
    }
  }

  /** Where a block's f16 numbers are. */
  private static int[] scales(TensorType type) {
    return switch (type) {
      case F16, Q4_0, Q5_0, Q8_0, IQ4_NL -> new int[] {0};
      case Q4_1, Q5_1, Q4_K, Q5_K -> new int[] {0, 2};
      case Q2_K -> new int[] {80, 82};
      case Q3_K -> new int[] {108};
      case Q6_K -> new int[] {208};
      default -> new int[0];
    };
  }
}
