package io.longhaul.engine.convert;

import java.lang.foreign.MemorySegment;

/**
 * ggml's first quantizations: 32 weights x share a scale d, and a code is x / d rounded. Q4_0 and
 * Q5_0 have one more code below zero than above; d gets the sign that gives it to the weight of
 * largest magnitude.
 */
final class LegacyQuantizers {
  private static final int BLOCK = 32;

  private LegacyQuantizers() {}

  /** d f16, 32 signed bytes; d = max|x| / 127. */
  static void q8_0(float[] x, int from, MemorySegment out, long block) {
    float d = Math.abs(largest(x, from)) / 127;
    float inverse = inverse(d);
    Stores.f16(out, block, d);
    for (int j = 0; j < BLOCK; j++) {
      float scaled = x[from + j] * inverse;
      Stores.i8(out, block + 2 + j, Float.isFinite(scaled) ? (int) roundHalfAway(scaled) : 0);
    }
  }

  /**
   * d f16, 16 bytes of codes, x = d·(code - 8): weight j in the low half of byte j, j + 16 high.
   */
  static void q4_0(float[] x, int from, MemorySegment out, long block) {
    float d = largest(x, from) / -8;
    float inverse = inverse(d);
    Stores.f16(out, block, d);
    for (int j = 0; j < 16; j++) {
      int low = code(x[from + j] * inverse, 8);
      int high = code(x[from + j + 16] * inverse, 8);
      Stores.i8(out, block + 2 + j, low | high << 4);
    }
  }

  /** d f16, 32 fifth bits, then as Q4_0; x = d·(code - 16). */
  static void q5_0(float[] x, int from, MemorySegment out, long block) {
    float d = largest(x, from) / -16;
    float inverse = inverse(d);
    Stores.f16(out, block, d);
    int fifths = 0;
    for (int j = 0; j < 16; j++) {
      int low = code(x[from + j] * inverse, 16);
      int high = code(x[from + j + 16] * inverse, 16);
      fifths |= low >> 4 << j | high >> 4 << (j + 16);
      Stores.i8(out, block + 6 + j, (low & 0xF) | (high & 0xF) << 4);
    }
    Stores.i32(out, block + 2, fifths);
  }

  /** The first weight of largest magnitude, with its sign. */
  private static float largest(float[] x, int from) {
    float largest = x[from];
    for (int j = 1; j < BLOCK; j++) {
      if (Math.abs(x[from + j]) > Math.abs(largest)) {
        largest = x[from + j];
      }
    }
    return largest;
  }

  private static float inverse(float d) {
    return d == 0 ? 0 : 1 / d;
  }

  /**
   * A scaled weight of -zero to zero as a code from 0 to 2·zero - 1, rounded half up. Where 1 / d
   * overflows, d is zero in F16 and the code means nothing; it is 0 as in ggml.
   */
  private static int code(float scaled, int zero) {
    return Float.isFinite(scaled) ? Math.clamp((int) (scaled + (zero + 0.5f)), 0, 2 * zero - 1) : 0;
  }

  /** Rounded to the nearest integer, halves away from zero: C's roundf. */
  private static float roundHalfAway(float value) {
    float magnitude = Math.abs(value);
    float floor = (float) Math.floor(magnitude);
    return Math.copySign(magnitude - floor >= 0.5f ? floor + 1 : floor, value);
  }
}
