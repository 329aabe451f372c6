package io.longhaul.engine.convert;

/** ggml's nearest_int. */
final class NearestInteger {
  /** 1.5 · 2^23: added to a float under 2^22, it moves the integer into the low fraction bits. */
  private static final float SHIFT = 12_582_912f;

  private NearestInteger() {}

  /**
   * The nearest integer, ties to even, of a value under 2^22. A larger one gives the low bits of
   * the sum, as it does in ggml, so that even then the bytes are the same.
   */
  static int of(float value) {
    return (Float.floatToRawIntBits(value + SHIFT) & 0x7FFFFF) - 0x400000;
  }

  /** The same, brought into a range. */
  static int within(float value, int least, int greatest) {
    return Math.clamp(of(value), least, greatest);
  }
}
