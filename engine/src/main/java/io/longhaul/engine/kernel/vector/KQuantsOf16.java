package io.longhaul.engine.kernel.vector;

import static io.longhaul.engine.kernel.LittleEndian.f16;
import static io.longhaul.engine.kernel.LittleEndian.i32;
import static io.longhaul.engine.kernel.LittleEndian.i8;
import static io.longhaul.engine.kernel.LittleEndian.u8;
import static io.longhaul.engine.kernel.vector.NativeMemory.ALL;
import static io.longhaul.engine.kernel.vector.Sixteen.all;
import static io.longhaul.engine.kernel.vector.Sixteen.load;
import static io.longhaul.engine.kernel.vector.Sixteen.right;
import static io.longhaul.engine.kernel.vector.Sixteen.rotate;
import static io.longhaul.engine.kernel.vector.Sixteen.store;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.IntVector;

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

  private static final int LOW_PAIRS = 0x0303_0303;

  private KQuantsOf16() {}

  static void q2K(long from, int blocks, long to) {
    for (int b = 0; b < blocks; b++) {
      long block = from + 84L * b;
      float d = f16(ALL, block + 80);
      float dmin = f16(ALL, block + 82);
      for (int c = 0; c < 4; c++) {
        IntVector fields = load(block + 16 + 16L * c);
        for (int pair = 0; pair < 2; pair++) {
          int group = firstGroup(c) + 4 * pair;
          int first = u8(ALL, block + group);
          int second = u8(ALL, block + group + 2);
          long floats = to + FLOATS_OF_BLOCK * b + FLOATS_OF_GROUP * group;
          store(
              right(fields, 4 * pair).and(LOW_PAIRS).reinterpretAsBytes(),
              all(d * (first & 0xF)),
              all(-(dmin * (first >> 4))),
              floats);
          store(
              right(fields, 4 * pair + 2).and(LOW_PAIRS).reinterpretAsBytes(),
              all(d * (second & 0xF)),
              all(-(dmin * (second >> 4))),
              floats + 2 * FLOATS_OF_GROUP);
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
        IntVector fields = load(block + 32 + 16L * c);
        IntVector thirds = load(block + 16L * (c % 2));
        for (int pair = 0; pair < 2; pair++) {
          int group = firstGroup(c) + 4 * pair;
          long floats = to + FLOATS_OF_BLOCK * b + FLOATS_OF_GROUP * group;
          // The bits of these two groups, to go to bit 2.
          int bit = c / 2 * 4 + 2 * pair;
          store(
              q3(right(fields, 4 * pair), rotate(thirds, 2 - bit)),
              all(d * q3Scale(scales, group)),
              floats);
          store(
              q3(right(fields, 4 * pair + 2), rotate(thirds, 1 - bit)),
              all(d * q3Scale(scales, group + 2)),
              floats + 2 * FLOATS_OF_GROUP);
        }
      }
    }
  }

  /** Two low bits and, at bit 2, the third one, which undoes the subtraction where it is set. */
  private static ByteVector q3(IntVector fields, IntVector thirds) {
    IntVector codes = fields.and(LOW_PAIRS).or(thirds.and(0x0404_0404));
    return codes.reinterpretAsBytes().sub((byte) 4);
  }

  private static int q3Scale(long scales, int group) {
    return ((int) (scales >>> (group % 8 * 8)) & 0xFF) - 32;
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
        IntVector tops = load(block + 128 + 16L * c);
        // 64 bytes hold the low bits of a half: groups 0 to 3 in low nibbles, 4 to 7 in high ones.
        IntVector near = load(block + 64L * (c / 2) + 16L * (c % 2));
        IntVector far = load(block + 64L * (c / 2) + 16L * (c % 2) + 32);
        for (int pair = 0; pair < 2; pair++) {
          int group = firstGroup(c) + 4 * pair;
          long floats = to + FLOATS_OF_BLOCK * b + FLOATS_OF_GROUP * group;
          store(
              q6(right(near, 4 * pair), rotate(tops, 4 - 4 * pair)),
              all(d * i8(ALL, block + 192 + group)),
              floats);
          store(
              q6(right(far, 4 * pair), rotate(tops, 2 - 4 * pair)),
              all(d * i8(ALL, block + 192 + group + 2)),
              floats + 2 * FLOATS_OF_GROUP);
        }
      }
    }
  }

  /** Four low bits and, at bits 4 and 5, two high ones. */
  private static ByteVector q6(IntVector bottoms, IntVector tops) {
    IntVector codes = bottoms.and(0x0F0F_0F0F).or(tops.and(0x3030_3030));
    return codes.reinterpretAsBytes().sub((byte) 32);
  }

  private static int firstGroup(int column) {
    return column / 2 * 8 + column % 2;
  }
}
