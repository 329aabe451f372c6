package io.longhaul.engine.convert;

import java.lang.foreign.MemorySegment;

/** Floats stored one by one: each method encodes one element. */
final class PlainEncoders {
  private PlainEncoders() {}

  static void f32(float[] values, int at, MemorySegment out, long offset) {
    Stores.i32(out, offset, Float.floatToRawIntBits(values[at]));
  }

  static void f16(float[] values, int at, MemorySegment out, long offset) {
    Stores.f16(out, offset, values[at]);
  }

  /** The upper half of the float, rounded to nearest, ties to even; a NaN stays one. */
  static void bf16(float[] values, int at, MemorySegment out, long offset) {
    int bits = Float.floatToRawIntBits(values[at]);
    if (Float.isNaN(values[at])) {
      // Rounding could carry a NaN into an infinity; the quiet bit keeps it one.
      Stores.i16(out, offset, bits >>> 16 | 0x40);
    } else {
      Stores.i16(out, offset, (bits + 0x7FFF + (bits >>> 16 & 1)) >>> 16);
    }
  }
}
