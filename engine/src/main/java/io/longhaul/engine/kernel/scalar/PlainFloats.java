package io.longhaul.engine.kernel.scalar;

import static io.longhaul.engine.kernel.scalar.Output.put;

import io.longhaul.engine.kernel.LittleEndian;
import java.lang.foreign.MemorySegment;

/** Floats stored one by one: each method decodes one element. */
final class PlainFloats {
  /** What an e4m3 field placed in the exponent field of a float lacks: 127 - 7 binades. */
  private static final float E4M3_BIAS = 0x1p120f;

  private PlainFloats() {}

  static void f32(MemorySegment weights, long at, MemorySegment out, long outOffset) {
    put(out, outOffset, 0, LittleEndian.f32(weights, at));
  }

  static void f16(MemorySegment weights, long at, MemorySegment out, long outOffset) {
    put(out, outOffset, 0, LittleEndian.f16(weights, at));
  }

  /** The upper half of a float. */
  static void bf16(MemorySegment weights, long at, MemorySegment out, long outOffset) {
    put(out, outOffset, 0, Float.intBitsToFloat(LittleEndian.u16(weights, at) << 16));
  }

  /** Rounded to the nearest float. */
  static void f64(MemorySegment weights, long at, MemorySegment out, long outOffset) {
    put(out, outOffset, 0, (float) Double.longBitsToDouble(LittleEndian.i64(weights, at)));
  }

  /**
   * Sign, 4 exponent bits of bias 7, 3 fraction bits; no infinities, all ones is NaN (OCP 8-bit
   * floating point specification, E4M3).
   */
  static void f8E4m3(MemorySegment weights, long at, MemorySegment out, long outOffset) {
    int code = LittleEndian.u8(weights, at);
    int magnitude = code & 0x7F;
    // Subnormal codes become subnormal floats, so that one exact product serves all codes.
    float value = magnitude == 0x7F ? Float.NaN : Float.intBitsToFloat(magnitude << 20) * E4M3_BIAS;
    put(out, outOffset, 0, code < 0x80 ? value : -value);
  }
}
