package io.longhaul.engine.kernel.vector;

import static io.longhaul.engine.kernel.vector.NativeMemory.ALL;
import static io.longhaul.engine.kernel.vector.VectorWidth.FLOATS;

import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;

/**
 * Rows that are linear combinations of others: {@code y[r] += Σ_i a[r][i] · b[i]}, where {@code b}
 * lies row by row. Lanes are columns, so no sum runs over lanes; each element is summed in the
 * order of i, in every tile shape.
 */
final class Combination {
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();
  private static final int LANES = FLOATS.length();
  private static final int STEP = LANES * Float.BYTES;

  private Combination() {}

  /**
   * Adds the combinations to {@code y}.
   *
   * @param rows of {@code a} and {@code y}
   * @param terms columns of {@code a}, rows of {@code b}
   * @param bytes of a row of {@code b} and {@code y}, whole vectors
   */
  static void add(FloatRows a, int rows, int terms, FloatRows b, int bytes, FloatRows y) {
    for (int c = 0; c < bytes; ) {
      boolean wide = c + 4 * STEP <= bytes;
      int r = 0;
      for (; r + 4 <= rows; r += 4) {
        if (wide) {
          tile4x4(a.at(r), a.stride(), terms, b.address() + c, b.stride(), y.at(r) + c, y.stride());
        } else {
          tile4x1(a.at(r), a.stride(), terms, b.address() + c, b.stride(), y.at(r) + c, y.stride());
        }
      }
      for (; r < rows; r++) {
        for (int i = 0; i < (wide ? 4 : 1); i++) {
          int at = c + i * STEP;
          tile1x1(a.at(r), terms, b.address() + at, b.stride(), y.at(r) + at);
        }
      }
      c += wide ? 4 * STEP : STEP;
    }
  }

  private static FloatVector load(long address) {
    return FloatVector.fromMemorySegment(FLOATS, ALL, address, ORDER);
  }

  private static FloatVector all(long address) {
    return FloatVector.broadcast(FLOATS, ALL.get(ValueLayout.JAVA_FLOAT_UNALIGNED, address));
  }

  private static void tile4x4(
      long a, long aStride, int terms, long b, long bStride, long y, long yStride) {
    long y1 = y + yStride;
    long y2 = y1 + yStride;
    long y3 = y2 + yStride;
    FloatVector s00 = load(y);
    FloatVector s01 = load(y + STEP);
    FloatVector s02 = load(y + 2L * STEP);
    FloatVector s03 = load(y + 3L * STEP);
    FloatVector s10 = load(y1);
    FloatVector s11 = load(y1 + STEP);
    FloatVector s12 = load(y1 + 2L * STEP);
    FloatVector s13 = load(y1 + 3L * STEP);
    FloatVector s20 = load(y2);
    FloatVector s21 = load(y2 + STEP);
    FloatVector s22 = load(y2 + 2L * STEP);
    FloatVector s23 = load(y2 + 3L * STEP);
    FloatVector s30 = load(y3);
    FloatVector s31 = load(y3 + STEP);
    FloatVector s32 = load(y3 + 2L * STEP);
    FloatVector s33 = load(y3 + 3L * STEP);
    for (int i = 0; i < terms; i++) {
      long at = b + i * bStride;
      FloatVector v0 = load(at);
      FloatVector v1 = load(at + STEP);
      FloatVector v2 = load(at + 2L * STEP);
      FloatVector v3 = load(at + 3L * STEP);
      long scalar = a + (long) i * Float.BYTES;
      FloatVector w = all(scalar);
      s00 = w.fma(v0, s00);
      s01 = w.fma(v1, s01);
      s02 = w.fma(v2, s02);
      s03 = w.fma(v3, s03);
      w = all(scalar + aStride);
      s10 = w.fma(v0, s10);
      s11 = w.fma(v1, s11);
      s12 = w.fma(v2, s12);
      s13 = w.fma(v3, s13);
      w = all(scalar + 2 * aStride);
      s20 = w.fma(v0, s20);
      s21 = w.fma(v1, s21);
      s22 = w.fma(v2, s22);
      s23 = w.fma(v3, s23);
      w = all(scalar + 3 * aStride);
      s30 = w.fma(v0, s30);
      s31 = w.fma(v1, s31);
      s32 = w.fma(v2, s32);
      s33 = w.fma(v3, s33);
    }
    s00.intoMemorySegment(ALL, y, ORDER);
    s01.intoMemorySegment(ALL, y + STEP, ORDER);
    s02.intoMemorySegment(ALL, y + 2L * STEP, ORDER);
    s03.intoMemorySegment(ALL, y + 3L * STEP, ORDER);
    s10.intoMemorySegment(ALL, y1, ORDER);
    s11.intoMemorySegment(ALL, y1 + STEP, ORDER);
    s12.intoMemorySegment(ALL, y1 + 2L * STEP, ORDER);
    s13.intoMemorySegment(ALL, y1 + 3L * STEP, ORDER);
    s20.intoMemorySegment(ALL, y2, ORDER);
    s21.intoMemorySegment(ALL, y2 + STEP, ORDER);
    s22.intoMemorySegment(ALL, y2 + 2L * STEP, ORDER);
    s23.intoMemorySegment(ALL, y2 + 3L * STEP, ORDER);
    s30.intoMemorySegment(ALL, y3, ORDER);
    s31.intoMemorySegment(ALL, y3 + STEP, ORDER);
    s32.intoMemorySegment(ALL, y3 + 2L * STEP, ORDER);
    s33.intoMemorySegment(ALL, y3 + 3L * STEP, ORDER);
  }

  private static void tile4x1(
      long a, long aStride, int terms, long b, long bStride, long y, long yStride) {
    long y1 = y + yStride;
    long y2 = y1 + yStride;
    long y3 = y2 + yStride;
    FloatVector s0 = load(y);
    FloatVector s1 = load(y1);
    FloatVector s2 = load(y2);
    FloatVector s3 = load(y3);
    for (int i = 0; i < terms; i++) {
      FloatVector v = load(b + i * bStride);
      long scalar = a + (long) i * Float.BYTES;
      s0 = all(scalar).fma(v, s0);
      s1 = all(scalar + aStride).fma(v, s1);
      s2 = all(scalar + 2 * aStride).fma(v, s2);
      s3 = all(scalar + 3 * aStride).fma(v, s3);
    }
    s0.intoMemorySegment(ALL, y, ORDER);
    s1.intoMemorySegment(ALL, y1, ORDER);
    s2.intoMemorySegment(ALL, y2, ORDER);
    s3.intoMemorySegment(ALL, y3, ORDER);
  }

  private static void tile1x1(long a, int terms, long b, long bStride, long y) {
    FloatVector s = load(y);
    for (int i = 0; i < terms; i++) {
      s = all(a + (long) i * Float.BYTES).fma(load(b + i * bStride), s);
    }
    s.intoMemorySegment(ALL, y, ORDER);
  }
}
