package io.longhaul.engine.convert;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** The fields of stored blocks, written: little-endian, at any byte offset. */
final class Stores {
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private Stores() {}

  /** The low byte of a value. */
  static void i8(MemorySegment out, long offset, int value) {
    out.set(ValueLayout.JAVA_BYTE, offset, (byte) value);
  }

  /** The low two bytes of a value. */
  static void i16(MemorySegment out, long offset, int value) {
    out.set(SHORT, offset, (short) value);
  }

  static void i32(MemorySegment out, long offset, int value) {
    out.set(INT, offset, value);
  }

  /** An IEEE 754 binary16 number, rounded to nearest, ties to even. */
  static void f16(MemorySegment out, long offset, float value) {
    out.set(SHORT, offset, Float.floatToFloat16(value));
  }
}
