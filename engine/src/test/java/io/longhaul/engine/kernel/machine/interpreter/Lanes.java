package io.longhaul.engine.kernel.machine.interpreter;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/** The 64 bytes of a vector register, which are lanes of any width. */
final class Lanes {
  static final int BYTES = 64;

  private static final VarHandle SHORTS = view(short[].class);
  private static final VarHandle INTS = view(int[].class);
  private static final VarHandle LONGS = view(long[].class);

  private final byte[] bytes = new byte[BYTES];

  private static VarHandle view(Class<?> arrayOf) {
    return MethodHandles.byteArrayViewVarHandle(arrayOf, ByteOrder.LITTLE_ENDIAN);
  }

  /** All of them, not a copy. */
  byte[] bytes() {
    return bytes;
  }

  int signedByte(int lane) {
    return bytes[lane];
  }

  int unsignedByte(int lane) {
    return bytes[lane] & 0xFF;
  }

  int signedShort(int lane) {
    return (short) SHORTS.get(bytes, 2 * lane);
  }

  int unsignedShort(int lane) {
    return signedShort(lane) & 0xFFFF;
  }

  int int32(int lane) {
    return (int) INTS.get(bytes, 4 * lane);
  }

  float float32(int lane) {
    return Float.intBitsToFloat(int32(lane));
  }

  long int64(int lane) {
    return (long) LONGS.get(bytes, 8 * lane);
  }

  void setByte(int lane, int value) {
    bytes[lane] = (byte) value;
  }

  void setShort(int lane, int value) {
    SHORTS.set(bytes, 2 * lane, (short) value);
  }

  void setInt(int lane, int value) {
    INTS.set(bytes, 4 * lane, value);
  }

  void setFloat(int lane, float value) {
    setInt(lane, Float.floatToRawIntBits(value));
  }

  void setLong(int lane, long value) {
    LONGS.set(bytes, 8 * lane, value);
  }

  void copyBytes(Lanes from, int at, int count) {
    System.arraycopy(from.bytes, at, bytes, at, count);
  }

  void zero(int at, int count) {
    Arrays.fill(bytes, at, at + count, (byte) 0);
  }

  /** Zeros from a byte on. */
  void zeroFrom(int at) {
    Arrays.fill(bytes, at, BYTES, (byte) 0);
  }
}
