package io.longhaul.engine.kernel.vector;

import static io.longhaul.engine.kernel.LittleEndian.f16;
import static io.longhaul.engine.kernel.LittleEndian.i32;
import static io.longhaul.engine.kernel.vector.NativeMemory.ALL;
import static io.longhaul.engine.kernel.vector.Sixteen.all;
import static io.longhaul.engine.kernel.vector.Sixteen.high;
import static io.longhaul.engine.kernel.vector.Sixteen.load;
import static io.longhaul.engine.kernel.vector.Sixteen.low;
import static io.longhaul.engine.kernel.vector.Sixteen.right;
import static io.longhaul.engine.kernel.vector.Sixteen.rotate;
import static io.longhaul.engine.kernel.vector.Sixteen.store;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/**
 * Q4_K and Q5_K, groups of 32; the layouts are described at the scalar decoders.
 *
 * <p>Two groups, a pair, lie in the low and the high halves of 32 bytes, taken as two times 16.
 */
final class KQuantsOf32 {
  /** Bytes of 256 floats, and of the 32 of a group. */
  private static final long FLOATS_OF_BLOCK = 1024;

  private static final long FLOATS_OF_GROUP = 128;

  private KQuantsOf32() {}

  static void q4K(long from, int blocks, long to) {
    for (int b = 0; b < blocks; b++) {
      long block = from + 144L * b;
      float d = f16(ALL, block);
      float dmin = f16(ALL, block + 2);
      long scales = scales(block + 4);
      long minima = minima(block + 4);
      for (int pair = 0; pair < 4; pair++) {
        FloatVector lowScale = all(d * code(scales, 2 * pair));
        FloatVector lowMinimum = all(-(dmin * code(minima, 2 * pair)));
        FloatVector highScale = all(d * code(scales, 2 * pair + 1));
        FloatVector highMinimum = all(-(dmin * code(minima, 2 * pair + 1)));
        for (int half = 0; half < 2; half++) {
          IntVector codes = load(block + 16 + 32L * pair + 16L * half);
          long floats = to + FLOATS_OF_BLOCK * b + FLOATS_OF_GROUP * 2 * pair + 64L * half;
          store(low(codes), lowScale, lowMinimum, floats);
          store(high(codes), highScale, highMinimum, floats + FLOATS_OF_GROUP);
        }
      }
    }
  }

  static void q5K(long from, int blocks, long to) {
    for (int b = 0; b < blocks; b++) {
      long block = from + 176L * b;
      float d = f16(ALL, block);
      float dmin = f16(ALL, block + 2);
      long scales = scales(block + 4);
      long minima = minima(block + 4);
      for (int pair = 0; pair < 4; pair++) {
        FloatVector lowScale = all(d * code(scales, 2 * pair));
        FloatVector lowMinimum = all(-(dmin * code(minima, 2 * pair)));
        FloatVector highScale = all(d * code(scales, 2 * pair + 1));
        FloatVector highMinimum = all(-(dmin * code(minima, 2 * pair + 1)));
        for (int half = 0; half < 2; half++) {
          IntVector codes = load(block + 48 + 32L * pair + 16L * half);
          // Bits 2 · pair and the next are those of this pair of groups; they go to bit 4.
          IntVector fifths = load(block + 16 + 16L * half);
          long floats = to + FLOATS_OF_BLOCK * b + FLOATS_OF_GROUP * 2 * pair + 64L * half;
          store(q5(codes, rotate(fifths, 4 - 2 * pair)), lowScale, lowMinimum, floats);
          store(
              q5(right(codes, 4), rotate(fifths, 3 - 2 * pair)),
              highScale,
              highMinimum,
              floats + FLOATS_OF_GROUP);
        }
      }
    }
  }

  /** The low four bits and, at bit 4, the fifth one. */
  private static ByteVector q5(IntVector codes, IntVector fifths) {
    return codes.and(0x0F0F_0F0F).or(fifths.and(0x1010_1010)).reinterpretAsBytes();
  }

  /** The eight 6-bit scales, one a byte, unpacked four at a time. */
  static long scales(long packed) {
    int scales = i32(ALL, packed);
    int lasts = i32(ALL, packed + 8);
    int last = (lasts & 0x0F0F0F0F) | (scales >>> 2 & 0x30303030);
    return (long) last << 32 | (scales & 0x3F3F3F3F);
  }

  /** The eight 6-bit minima, one a byte. */
  static long minima(long packed) {
    int minima = i32(ALL, packed + 4);
    int lasts = i32(ALL, packed + 8);
    int last = (lasts >>> 4 & 0x0F0F0F0F) | (minima >>> 2 & 0x30303030);
    return (long) last << 32 | (minima & 0x3F3F3F3F);
  }

  static int code(long codes, int i) {
    return (int) (codes >>> (8 * i)) & 0xFF;
  }
}
