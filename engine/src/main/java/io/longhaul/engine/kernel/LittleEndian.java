package io.longhaul.engine.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * The fields of stored blocks: little-endian whatever the machine is, at any byte offset.
 *
 * <p>Model files align tensors, not the blocks inside a row, so no field may be taken as aligned.
 */
public final class LittleEndian {
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private LittleEndian() {}

  /** The byte at {@code offset}, -128 to 127. */
  public static int i8(MemorySegment segment, long offset) {
    return segment.get(ValueLayout.JAVA_BYTE, offset);
  }

  /** The byte at {@code offset}, 0 to 255. */
  public static int u8(MemorySegment segment, long offset) {
    return i8(segment, offset) & 0xFF;
  }

  /** The two bytes at {@code offset}, 0 to 65535. */
  public static int u16(MemorySegment segment, long offset) {
    return segment.get(SHORT, offset) & 0xFFFF;
  }

  /** The four bytes at {@code offset}. */
  public static int i32(MemorySegment segment, long offset) {
    return segment.get(INT, offset);
  }

  /** The eight bytes at {@code offset}. */
  public static long i64(MemorySegment segment, long offset) {
    return segment.get(LONG, offset);
  }

  /** The IEEE 754 binary16 number at {@code offset}, widened without rounding. */
  public static float f16(MemorySegment segment, long offset) {
    return Float.float16ToFloat(segment.get(SHORT, offset));
  }

  /** The IEEE 754 binary32 number at {@code offset}. */
  public static float f32(MemorySegment segment, long offset) {
    return Float.intBitsToFloat(i32(segment, offset));
  }
}
