package io.longhaul.engine.kernel.scalar;

import static io.longhaul.engine.kernel.LittleEndian.f16;
import static io.longhaul.engine.kernel.LittleEndian.i32;
import static io.longhaul.engine.kernel.LittleEndian.i8;
import static io.longhaul.engine.kernel.LittleEndian.u8;
import static io.longhaul.engine.kernel.scalar.Output.put;

import java.lang.foreign.MemorySegment;

/**
 * ggml's first quantizations: blocks of 32 weights with one scale d, and for the types that end in
 * 1 a minimum m, so that a weight is d·q or d·q + m.
 *
 * <p>A byte of 4-bit codes holds weight j in its low half and weight j + 16 in its high half.
 */
final class LegacyBlocks {
  private LegacyBlocks() {}

  /** d f16, 16 bytes of codes; q = code - 8. */
  static void q4_0(MemorySegment weights, long block, MemorySegment out, long outOffset) {
    float d = f16(weights, block);
    for (int j = 0; j < 16; j++) {
      int codes = u8(weights, block + 2 + j);
      put(out, outOffset, j, d * ((codes & 0xF) - 8));
      put(out, outOffset, j + 16, d * ((codes >> 4) - 8));
    }
  }

  /** d f16, m f16, 16 bytes of codes; q = code. */
  static void q4_1(MemorySegment weights, long block, MemorySegment out, long outOffset) {
    float d = f16(weights, block);
    float m = f16(weights, block + 2);
    for (int j = 0; j < 16; j++) {
      int codes = u8(weights, block + 4 + j);
      put(out, outOffset, j, d * (codes & 0xF) + m);
      put(out, outOffset, j + 16, d * (codes >> 4) + m);
    }
  }

  /** d f16, 32 fifth bits, 16 bytes of codes; q = code - 16. */
  static void q5_0(MemorySegment weights, long block, MemorySegment out, long outOffset) {
    float d = f16(weights, block);
    int high = i32(weights, block + 2);
    for (int j = 0; j < 16; j++) {
      int codes = u8(weights, block + 6 + j);
      put(out, outOffset, j, d * (((codes & 0xF) | fifthBit(high, j)) - 16));
      put(out, outOffset, j + 16, d * ((codes >> 4 | fifthBit(high, j + 16)) - 16));
    }
  }

  /** d f16, m f16, 32 fifth bits, 16 bytes of codes; q = code. */
  static void q5_1(MemorySegment weights, long block, MemorySegment out, long outOffset) {
    float d = f16(weights, block);
    float m = f16(weights, block + 2);
    int high = i32(weights, block + 4);
    for (int j = 0; j < 16; j++) {
      int codes = u8(weights, block + 8 + j);
      put(out, outOffset, j, d * ((codes & 0xF) | fifthBit(high, j)) + m);
      put(out, outOffset, j + 16, d * (codes >> 4 | fifthBit(high, j + 16)) + m);
    }
  }

  /** d f16, 32 signed bytes q. */
  static void q8_0(MemorySegment weights, long block, MemorySegment out, long outOffset) {
    float d = f16(weights, block);
    for (int j = 0; j < 32; j++) {
      put(out, outOffset, j, d * i8(weights, block + 2 + j));
    }
  }

  private static int fifthBit(int high, int j) {
    return (high >> j & 1) << 4;
  }
}
