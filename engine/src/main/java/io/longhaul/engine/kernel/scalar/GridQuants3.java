package io.longhaul.engine.kernel.scalar;

import static io.longhaul.engine.kernel.LittleEndian.f16;
import static io.longhaul.engine.kernel.LittleEndian.i32;
import static io.longhaul.engine.kernel.LittleEndian.u8;
import static io.longhaul.engine.kernel.scalar.Output.put;

import java.lang.foreign.MemorySegment;

/** IQ3_XXS and IQ3_S: 256 weights in 64 points of 4 magnitudes, with signs. */
final class GridQuants3 {
  private GridQuants3() {}

  /**
   * d f16, 64 8-bit indices, then for each 32 weights a word of four times seven signs and a 4-bit
   * scale; weight = d·(½ + scale)·½·magnitude.
   */
  static void iq3Xxs(MemorySegment weights, long block, MemorySegment out, long outOffset) {
    float d = f16(weights, block);
    for (int p = 0; p < 64; p++) {
      int word = i32(weights, block + 66 + p / 8 * 4L);
      float scale = d * (0.5f + (word >>> 28)) * 0.5f;
      int signs = Signs.ofSeven(word >> (p % 8 / 2 * 7) & 0x7F);
      int index = u8(weights, block + 2 + p);
      point(Grids.IQ3_XXS, index, scale, signs, out, outOffset, p);
    }
  }

  /**
   * d f16, 64 low bytes of indices, 64 ninth bits of indices, 32 bytes of signs, 8 4-bit scales for
   * 32 weights each; weight = d·(1 + 2·scale)·magnitude.
   */
  static void iq3S(MemorySegment weights, long block, MemorySegment out, long outOffset) {
    float d = f16(weights, block);
    for (int p = 0; p < 64; p++) {
      int code = u8(weights, block + 106 + p / 16) >> (p % 16 / 8 * 4) & 0xF;
      float scale = d * (1 + 2 * code);
      int ninth = u8(weights, block + 66 + p / 8) >> (p % 8) & 1;
      int index = u8(weights, block + 2 + p) | ninth << 8;
      int signs = u8(weights, block + 74 + p / 2);
      point(Grids.IQ3_S, index, scale, signs, out, outOffset, p);
    }
  }

  /** Even points take the low four of their pair's eight signs. */
  private static void point(
      byte[] grid, int index, float scale, int signs, MemorySegment out, long outOffset, int p) {
    int half = signs >> (p % 2 * 4);
    for (int j = 0; j < 4; j++) {
      put(out, outOffset, 4 * p + j, Signs.apply(scale * grid[4 * index + j], half, j));
    }
  }
}
