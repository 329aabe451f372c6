package io.longhaul.engine.kernel.scalar;

import static io.longhaul.engine.kernel.LittleEndian.f16;
import static io.longhaul.engine.kernel.LittleEndian.i8;
import static io.longhaul.engine.kernel.LittleEndian.u8;
import static io.longhaul.engine.kernel.scalar.Output.put;

import java.lang.foreign.MemorySegment;

/**
 * ggml's K quantizations: 256 weights in groups of 16 or 32, whose small integer scales (and
 * minima) share one f16 scale d (and one f16 dmin).
 */
final class KQuants {
  private KQuants() {}

  /**
   * 16 bytes of 4-bit scale (low) and minimum (high), 64 bytes of 2-bit codes, d, dmin.
   *
   * <p>Weight = d·scale·code - dmin·minimum, groups of 16. Byte j of 32 holds weights j, j + 32, j
   * + 64 and j + 96 of a half, lowest bits first.
   */
  static void q2K(MemorySegment weights, long block, MemorySegment out, long outOffset) {
    long codes = block + 16;
    float d = f16(weights, block + 80);
    float dmin = f16(weights, block + 82);
    for (int i = 0; i < 256; i++) {
      int group = u8(weights, block + i / 16);
      float scale = d * (group & 0xF);
      float minimum = dmin * (group >> 4);
      put(out, outOffset, i, scale * twoBits(weights, codes, i) - minimum);
    }
  }

  /**
   * 32 bytes of third bits, 64 bytes of 2-bit codes, 12 bytes of 6-bit scales, d.
   *
   * <p>Weight = d·(scale - 32)·q, groups of 16, q = code - 4 where the third bit is clear, else
   * code. Bit b of byte j of the third bits belongs to weight 32·b + j.
   */
  static void q3K(MemorySegment weights, long block, MemorySegment out, long outOffset) {
    long codes = block + 32;
    long scales = block + 96;
    float d = f16(weights, block + 108);
    for (int i = 0; i < 256; i++) {
      float scale = d * (sixBitScale(weights, scales, i / 16) - 32);
      int third = u8(weights, block + i % 32) >> (i / 32) & 1;
      put(out, outOffset, i, scale * (twoBits(weights, codes, i) - (third == 0 ? 4 : 0)));
    }
  }

  /**
   * d, dmin, 12 bytes of 6-bit scales and minima, 128 bytes of 4-bit codes.
   *
   * <p>Weight = d·scale·code - dmin·minimum, groups of 32. Byte j of 32 holds weights j (low) and j
   * + 32 (high) of a quarter.
   */
  static void q4K(MemorySegment weights, long block, MemorySegment out, long outOffset) {
    float d = f16(weights, block);
    float dmin = f16(weights, block + 2);
    for (int group = 0; group < 8; group++) {
      float scale = d * scale(weights, block + 4, group);
      float minimum = dmin * minimum(weights, block + 4, group);
      for (int j = 0; j < 32; j++) {
        int code = u8(weights, block + 16 + group / 2 * 32L + j) >> (group % 2 * 4) & 0xF;
        put(out, outOffset, group * 32 + j, scale * code - minimum);
      }
    }
  }

  /**
   * As Q4_K with 32 bytes of fifth bits before the codes; bit b of byte j belongs to weight 32·b +
   * j.
   */
  static void q5K(MemorySegment weights, long block, MemorySegment out, long outOffset) {
    float d = f16(weights, block);
    float dmin = f16(weights, block + 2);
    for (int group = 0; group < 8; group++) {
      float scale = d * scale(weights, block + 4, group);
      float minimum = dmin * minimum(weights, block + 4, group);
      for (int j = 0; j < 32; j++) {
        int low = u8(weights, block + 48 + group / 2 * 32L + j) >> (group % 2 * 4) & 0xF;
        int fifth = u8(weights, block + 16 + j) >> group & 1;
        put(out, outOffset, group * 32 + j, scale * (low | fifth << 4) - minimum);
      }
    }
  }

  /**
   * 128 bytes of low 4 bits, 64 bytes of high 2 bits, 16 signed scales, d.
   *
   * <p>Weight = d·scale·(code - 32), groups of 16. In each half of 128 weights, byte j of 64 holds
   * the low bits of weights j and j + 64, byte j of 32 the high bits of weights j, j + 32, j + 64
   * and j + 96.
   */
  static void q6K(MemorySegment weights, long block, MemorySegment out, long outOffset) {
    long highs = block + 128;
    float d = f16(weights, block + 208);
    for (int i = 0; i < 256; i++) {
      float scale = d * i8(weights, block + 192 + i / 16);
      int low = u8(weights, block + i / 128 * 64L + i % 64) >> (i % 128 / 64 * 4) & 0xF;
      int code = low | twoBits(weights, highs, i) << 4;
      put(out, outOffset, i, scale * (code - 32));
    }
  }

  /** Field i of 256 fields of two bits in the order that Q2_K, Q3_K and Q6_K share. */
  private static int twoBits(MemorySegment weights, long fields, int i) {
    return u8(weights, fields + i / 128 * 32L + i % 32) >> (i % 128 / 32 * 2) & 3;
  }

  /** Scale i of Q3_K's 16: low four bits in the first 8 bytes, high two in the last 4. */
  private static int sixBitScale(MemorySegment weights, long scales, int i) {
    int low = u8(weights, scales + i % 8) >> (i / 8 * 4) & 0xF;
    int high = u8(weights, scales + 8 + i % 4) >> (i / 4 * 2) & 3;
    return low | high << 4;
  }

  /**
   * Scale i of the 8 in Q4_K and Q5_K: the first four are the low six bits of bytes 0 to 3; the
   * last four have their low bits in bytes 8 to 11 and their high bits atop bytes 0 to 3.
   */
  private static int scale(MemorySegment weights, long scales, int i) {
    return i < 4
        ? u8(weights, scales + i) & 0x3F
        : (u8(weights, scales + 4 + i) & 0xF) | u8(weights, scales + i - 4) >> 6 << 4;
  }

  /** Minimum i of the 8 in Q4_K and Q5_K: as the scales, from bytes 4 to 7 and the high halves. */
  private static int minimum(MemorySegment weights, long scales, int i) {
    return i < 4
        ? u8(weights, scales + 4 + i) & 0x3F
        : u8(weights, scales + 4 + i) >> 4 | u8(weights, scales + i) >> 6 << 4;
  }
}
