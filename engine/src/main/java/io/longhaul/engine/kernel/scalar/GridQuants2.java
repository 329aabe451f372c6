package io.longhaul.engine.kernel.scalar;

import static io.longhaul.engine.kernel.LittleEndian.f16;
import static io.longhaul.engine.kernel.LittleEndian.i32;
import static io.longhaul.engine.kernel.LittleEndian.u16;
import static io.longhaul.engine.kernel.LittleEndian.u8;
import static io.longhaul.engine.kernel.scalar.Output.put;

import java.lang.foreign.MemorySegment;

/**
 * IQ2_XXS, IQ2_XS and IQ2_S: 256 weights in 32 points of 8 magnitudes, with signs; weight = d·(½ +
 * scale)·¼·magnitude.
 */
final class GridQuants2 {
  private GridQuants2() {}

  /**
   * d f16, then for each 32 weights four 8-bit indices and a word of four times seven signs and a
   * 4-bit scale.
   */
  static void iq2Xxs(MemorySegment weights, long block, MemorySegment out, long outOffset) {
    float d = f16(weights, block);
    for (int p = 0; p < 32; p++) {
      long group = block + 2 + p / 4 * 8L;
      int word = i32(weights, group + 4);
      int index = u8(weights, group + p % 4);
      int signs = Signs.ofSeven(word >> (p % 4 * 7) & 0x7F);
      point(Grids.IQ2_XXS, index, scale(d, word >>> 28), signs, out, outOffset, p);
    }
  }

  /** d f16, 32 words of a 9-bit index and seven signs, 16 4-bit scales for 16 weights each. */
  static void iq2Xs(MemorySegment weights, long block, MemorySegment out, long outOffset) {
    float d = f16(weights, block);
    for (int p = 0; p < 32; p++) {
      int word = u16(weights, block + 2 + 2L * p);
      float scale = scale(d, fourBits(weights, block + 66, p / 2));
      int signs = Signs.ofSeven(word >> 9);
      point(Grids.IQ2_XS, word & 0x1FF, scale, signs, out, outOffset, p);
    }
  }

  /**
   * d f16, 32 low bytes of indices, 32 bytes of signs, 32 times the high 2 bits of an index, 16
   * 4-bit scales for 16 weights each.
   */
  static void iq2S(MemorySegment weights, long block, MemorySegment out, long outOffset) {
    float d = f16(weights, block);
    for (int p = 0; p < 32; p++) {
      int high = u8(weights, block + 66 + p / 4) >> (p % 4 * 2) & 3;
      int index = u8(weights, block + 2 + p) | high << 8;
      float scale = scale(d, fourBits(weights, block + 74, p / 2));
      int signs = u8(weights, block + 34 + p);
      point(Grids.IQ2_S, index, scale, signs, out, outOffset, p);
    }
  }

  private static float scale(float d, int scale) {
    return d * (0.5f + scale) * 0.25f;
  }

  private static int fourBits(MemorySegment weights, long fields, int i) {
    return u8(weights, fields + i / 2) >> (i % 2 * 4) & 0xF;
  }

  private static void point(
      byte[] grid, int index, float scale, int signs, MemorySegment out, long outOffset, int p) {
    for (int j = 0; j < 8; j++) {
      put(out, outOffset, 8 * p + j, Signs.apply(scale * grid[8 * index + j], signs, j));
    }
  }
}
