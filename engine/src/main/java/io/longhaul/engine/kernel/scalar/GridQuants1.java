package io.longhaul.engine.kernel.scalar;

import static io.longhaul.engine.kernel.LittleEndian.f16;
import static io.longhaul.engine.kernel.LittleEndian.u16;
import static io.longhaul.engine.kernel.LittleEndian.u8;
import static io.longhaul.engine.kernel.scalar.Output.put;

import java.lang.foreign.MemorySegment;

/**
 * IQ1_S and IQ1_M: 256 weights in 32 points of 8, an 11-bit index each, shifted up or down by an
 * eighth; weight = scale·(point + shift).
 */
final class GridQuants1 {
  private static final float SHIFT = 0.125f;

  private GridQuants1() {}

  /**
   * d f16, 32 low bytes of indices, 8 words: the high 3 bits of four indices, a 3-bit scale, the
   * sign of the shift.
   */
  static void iq1S(MemorySegment weights, long block, MemorySegment out, long outOffset) {
    float d = f16(weights, block);
    for (int p = 0; p < 32; p++) {
      int word = u16(weights, block + 34 + p / 4 * 2L);
      float scale = d * (2 * (word >> 12 & 7) + 1);
      float shift = (word & 0x8000) == 0 ? SHIFT : -SHIFT;
      int index = u8(weights, block + 2 + p) | (word >> (p % 4 * 3) & 7) << 8;
      point(index, scale, shift, out, outOffset, p);
    }
  }

  /**
   * 32 low bytes of indices, 16 bytes of two fields (the high 3 bits of an index and the sign of
   * its shift), 4 words of four 3-bit scales for 16 weights each, with d in their top four bits.
   */
  static void iq1M(MemorySegment weights, long block, MemorySegment out, long outOffset) {
    long words = block + 48;
    int bits = 0;
    for (int w = 0; w < 4; w++) {
      bits |= (u16(weights, words + 2L * w) >> 12) << (4 * w);
    }
    float d = Float.float16ToFloat((short) bits);
    for (int p = 0; p < 32; p++) {
      int code = u16(weights, words + p / 8 * 2L) >> (p % 8 / 2 * 3) & 7;
      float scale = d * (2 * code + 1);
      int field = u8(weights, block + 32 + p / 2) >> (p % 2 * 4);
      float shift = (field & 8) == 0 ? SHIFT : -SHIFT;
      int index = u8(weights, block + p) | (field & 7) << 8;
      point(index, scale, shift, out, outOffset, p);
    }
  }

  private static void point(
      int index, float scale, float shift, MemorySegment out, long outOffset, int p) {
    for (int j = 0; j < 8; j++) {
      put(out, outOffset, 8 * p + j, scale * (Grids.IQ1[8 * index + j] + shift));
    }
  }
}
