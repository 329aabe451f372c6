package io.longhaul.engine.cache;

import io.longhaul.engine.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Rounds floats to a cache's element type, to the nearest, ties to even. */
final class ElementEncoder {
  private static final ValueLayout.OfShort LE_SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt LE_INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final int BLOCK = TensorType.Q8_0.blockSize();

  private ElementEncoder() {}

  /** Writes a row: element i at {@code to + type.bytes(i)}. */
  static void row(
      TensorType type, MemorySegment floats, long from, int count, MemorySegment out, long to) {
    if (type == TensorType.Q8_0) {
      for (int i = 0; i < count; i += BLOCK) {
        q8Block(floats, from + (long) i * Float.BYTES, out, to + type.bytes(i));
      }
      return;
    }
    column(type, floats, from, count, out, to, type.bytes(1));
  }

  /** Writes elements {@code step} bytes apart. */
  static void column(
      TensorType type,
      MemorySegment floats,
      long from,
      int count,
      MemorySegment out,
      long to,
      long step) {
    float[] values = new float[count];
    MemorySegment.copy(floats, ValueLayout.JAVA_FLOAT, from, values, 0, count);
    switch (type) {
      case F32 -> {
        for (int i = 0; i < count; i++) {
          out.set(LE_INT, to + i * step, Float.floatToRawIntBits(values[i]));
        }
      }
      case F16, BF16 -> {
        short[] halves = new short[count];
        for (int i = 0; i < count; i++) {
          halves[i] =
              type == TensorType.F16 ? Float.floatToFloat16(values[i]) : bfloat16(values[i]);
        }
        if (step == Short.BYTES) {
          MemorySegment.copy(halves, 0, out, LE_SHORT, to, count);
        } else {
          for (int i = 0; i < count; i++) {
            out.set(LE_SHORT, to + i * step, halves[i]);
          }
        }
      }
      default -> throw new IllegalArgumentException("no single elements of type " + type);
    }
  }

  private static short bfloat16(float value) {
    int bits = Float.floatToRawIntBits(value);
    if (Float.isNaN(value)) {
      return (short) (bits >>> 16 | 0x40);
    }
    return (short) ((bits + 0x7FFF + (bits >>> 16 & 1)) >>> 16);
  }

  /** 32 elements: a scale of 16 bits that makes the largest ±127, then the codes. */
  private static void q8Block(MemorySegment floats, long from, MemorySegment out, long to) {
    float largest = 0;
    for (long i = 0; i < BLOCK; i++) {
      largest = Math.max(largest, Math.abs(floats.get(ValueLayout.JAVA_FLOAT, from + i * 4)));
    }
    float scale = largest / 127;
    float inverse = scale == 0 ? 0 : 1 / scale;
    out.set(LE_SHORT, to, Float.floatToFloat16(scale));
    for (long i = 0; i < BLOCK; i++) {
      float value = floats.get(ValueLayout.JAVA_FLOAT, from + i * 4);
      out.set(ValueLayout.JAVA_BYTE, to + Short.BYTES + i, (byte) Math.round(value * inverse));
    }
  }
}
