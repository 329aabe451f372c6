package io.longhaul.engine.kernel.vector;

import static io.longhaul.engine.kernel.LittleEndian.f16;
import static io.longhaul.engine.kernel.LittleEndian.i32;
import static io.longhaul.engine.kernel.LittleEndian.i8;
import static io.longhaul.engine.kernel.LittleEndian.u8;
import static io.longhaul.engine.kernel.vector.NativeMemory.ALL;
import static io.longhaul.engine.kernel.vector.Sixteen.all;
import static io.longhaul.engine.kernel.vector.Sixteen.left;
import static io.longhaul.engine.kernel.vector.Sixteen.load;
import static io.longhaul.engine.kernel.vector.Sixteen.low;
import static io.longhaul.engine.kernel.vector.Sixteen.right;
import static io.longhaul.engine.kernel.vector.Sixteen.store;

import jdk.incubator.vector.ByteVector;

/**
 * Q2_K, Q3_K and Q6_K, groups of 16; the layouts are described at the scalar decoders.
 *
 * <p>All three keep 2-bit fields in 64 bytes, taken as four columns of 16: column c holds, lowest
 * bits first, the fields of four groups that lie two apart, the first of which is group 8·(c / 2) +
 * c % 2.
 */
final class KQuantsOf16 {
  /** Bytes of 256 floats, and of the 16 of a group. */
  private static final long FLOATS_OF_BLOCK = 1024;

  private static final long FLOATS_OF_GROUP = 64;

  private KQuantsOf16() {}

  static void q2K(long from, int blocks, long to) {
    for (int b = 0; b < blocks; b++) {
      long block = from + 84L * b;
      float d = f16(ALL, block + 80);
      float dmin = f16(ALL, block + 82);
      for (int c = 0; c < 4; c++) {
        ByteVector fields = load(block + 16 + 16L * c);
        for (int j = 0; j < 4; j++) {
          int group = firstGroup(c) + 2 * j;
          int codes = u8(ALL, block + group);
          store(
              right(fields, 2 * j).and((byte) 3),
              all(d * (codes & 0xF)),
              all(-(dmin * (codes >> 4))),
              to + FLOATS_OF_BLOCK * b + FLOATS_OF_GROUP * group);
        }
      }
    }
  }

  static void q3K(long from, int blocks, long to) {
    for (int b = 0; b < blocks; b++) {
      long block = from + 110L * b;
      float d = f16(ALL, block + 108);
      long firstScales = q3Scales(block + 96, 0);
      long lastScales = q3Scales(block + 96, 4);
      for (int c = 0; c < 4; c++) {
        long scales = c < 2 ? firstScales : lastScales;
        ByteVector fields = load(block + 32 + 16L * c);
        // Bits 0 to 3 are now those of this column's four groups.
        ByteVector thirds = right(load(block + 16L * (c % 2)), c / 2 * 4);
        for (int j = 0; j < 4; j++) {
          int group = firstGroup(c) + 2 * j;
          int scale = ((int) (scales >>> (group % 8 * 8)) & 0xFF) - 32;
          ByteVector third = left(right(thirds, j), 2).and((byte) 4);
          // Where the third bit is set, it undoes the subtraction.
          store(
              right(fields, 2 * j).and((byte) 3).or(third).sub((byte) 4),
              all(d * scale),
              to + FLOATS_OF_BLOCK * b + FLOATS_OF_GROUP * group);
        }
      }
    }
  }

  /**
   * Eight of the 16 six-bit scales, one a byte: the low or (shift 4) the high halves of the first
   * eight bytes, each with two bits of the last four bytes on top.
   */
  private static long q3Scales(long packed, int shift) {
    int highs = i32(ALL, packed + 8) >>> shift;
    int first = (i32(ALL, packed) >>> shift & 0x0F0F0F0F) | (highs & 0x03030303) << 4;
    int last = (i32(ALL, packed + 4) >>> shift & 0x0F0F0F0F) | (highs >>> 2 & 0x03030303) << 4;
    return (long) last << 32 | first;
  }

  static void q6K(long from, int blocks, long to) {
    for (int b = 0; b < blocks; b++) {
      long block = from + 210L * b;
      float d = f16(ALL, block + 208);
      for (int c = 0; c < 4; c++) {
        ByteVector tops = load(block + 128 + 16L * c);
        for (int j = 0; j < 4; j++) {
          int group = firstGroup(c) + 2 * j;
          // 64 bytes hold the low bits of a half: groups 0 to 3 in low nibbles, 4 to 7 in high
          // ones.
          ByteVector bottoms = load(block + 64L * (c / 2) + 16L * (c % 2) + 32L * (j % 2));
          ByteVector top = left(right(tops, 2 * j), 4).and((byte) 0x30);
          store(
              low(right(bottoms, j / 2 * 4)).or(top).sub((byte) 32),
              all(d * i8(ALL, block + 192 + group)),
              to + FLOATS_OF_BLOCK * b + FLOATS_OF_GROUP * group);
        }
      }
    }
  }

  private static int firstGroup(int column) {
    return column / 2 * 8 + column % 2;
  }
}
