package io.longhaul.engine.kernel.vector;

import static io.longhaul.engine.kernel.vector.NativeMemory.ALL;
import static io.longhaul.engine.kernel.vector.VectorWidth.FLOATS;

import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;

/**
 * {@code y[t][r] = a[r] · x[t]} for float rows padded to whole vectors: the one inner loop of
 * matrix products and of attention scores.
 *
 * <p>A tile of 4 × 4 outputs lives in registers, so that each loaded vector is used four times.
 * Each output has one accumulator whatever the tile, hence the same bits in every tile shape.
 */
final class TileProduct {
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();
  private static final int LANES = FLOATS.length();
  private static final int TILE = 16;
  private static final int STEP = LANES * Float.BYTES;

  /** Bytes that the accumulators of a tile take. */
  static final int SUMS_BYTES = TILE * STEP;

  private TileProduct() {}

  /**
   * Computes {@code rows × tokens} outputs.
   *
   * @param bytes of a row, a multiple of 64
   * @param y row t is token t; output r is its float r
   * @param sums address of memory for {@value #TILE} accumulators. They go through memory because
   *     C2 inlines a method only up to a number of nodes, and a vector that is passed to a call is
   *     boxed.
   */
  static void multiply(
      FloatRows a, int rows, FloatRows x, int tokens, int bytes, FloatRows y, long sums) {
    int t = 0;
    for (; t + 4 <= tokens; t += 4) {
      int r = 0;
      for (; r + 4 <= rows; r += 4) {
        tile4x4(a, r, x, t, bytes, sums);
        for (int i = 0; i < 4; i++) {
          store4(sums + 4L * i * STEP, y, r, t + i);
        }
      }
      for (; r < rows; r++) {
        for (int i = t; i < t + 4; i++) {
          single(a, r, x, i, bytes, y);
        }
      }
    }
    for (; t < tokens; t++) {
      int r = 0;
      for (; r + 4 <= rows; r += 4) {
        tile4x1(a, r, x, t, bytes, sums);
        store4(sums, y, r, t);
      }
      for (; r < rows; r++) {
        single(a, r, x, t, bytes, y);
      }
    }
  }

  private static void tile4x4(FloatRows a, int r, FloatRows x, int t, int bytes, long sums) {
    long a0 = a.at(r);
    long a1 = a0 + a.stride();
    long a2 = a1 + a.stride();
    long a3 = a2 + a.stride();
    long x0 = x.at(t);
    long x1 = x0 + x.stride();
    long x2 = x1 + x.stride();
    long x3 = x2 + x.stride();
    FloatVector s00 = FloatVector.zero(FLOATS);
    FloatVector s01 = FloatVector.zero(FLOATS);
    FloatVector s02 = FloatVector.zero(FLOATS);
    FloatVector s03 = FloatVector.zero(FLOATS);
    FloatVector s10 = FloatVector.zero(FLOATS);
    FloatVector s11 = FloatVector.zero(FLOATS);
    FloatVector s12 = FloatVector.zero(FLOATS);
    FloatVector s13 = FloatVector.zero(FLOATS);
    FloatVector s20 = FloatVector.zero(FLOATS);
    FloatVector s21 = FloatVector.zero(FLOATS);
    FloatVector s22 = FloatVector.zero(FLOATS);
    FloatVector s23 = FloatVector.zero(FLOATS);
    FloatVector s30 = FloatVector.zero(FLOATS);
    FloatVector s31 = FloatVector.zero(FLOATS);
    FloatVector s32 = FloatVector.zero(FLOATS);
    FloatVector s33 = FloatVector.zero(FLOATS);
    for (int k = 0; k < bytes; k += STEP) {
      FloatVector w0 = FloatVector.fromMemorySegment(FLOATS, ALL, a0 + k, ORDER);
      FloatVector w1 = FloatVector.fromMemorySegment(FLOATS, ALL, a1 + k, ORDER);
      FloatVector w2 = FloatVector.fromMemorySegment(FLOATS, ALL, a2 + k, ORDER);
      FloatVector w3 = FloatVector.fromMemorySegment(FLOATS, ALL, a3 + k, ORDER);
      FloatVector v = FloatVector.fromMemorySegment(FLOATS, ALL, x0 + k, ORDER);
      s00 = w0.fma(v, s00);
      s10 = w1.fma(v, s10);
      s20 = w2.fma(v, s20);
      s30 = w3.fma(v, s30);
      v = FloatVector.fromMemorySegment(FLOATS, ALL, x1 + k, ORDER);
      s01 = w0.fma(v, s01);
      s11 = w1.fma(v, s11);
      s21 = w2.fma(v, s21);
      s31 = w3.fma(v, s31);
      v = FloatVector.fromMemorySegment(FLOATS, ALL, x2 + k, ORDER);
      s02 = w0.fma(v, s02);
      s12 = w1.fma(v, s12);
      s22 = w2.fma(v, s22);
      s32 = w3.fma(v, s32);
      v = FloatVector.fromMemorySegment(FLOATS, ALL, x3 + k, ORDER);
      s03 = w0.fma(v, s03);
      s13 = w1.fma(v, s13);
      s23 = w2.fma(v, s23);
      s33 = w3.fma(v, s33);
    }
    s00.intoMemorySegment(ALL, sums, ORDER);
    s10.intoMemorySegment(ALL, sums + 1L * STEP, ORDER);
    s20.intoMemorySegment(ALL, sums + 2L * STEP, ORDER);
    s30.intoMemorySegment(ALL, sums + 3L * STEP, ORDER);
    s01.intoMemorySegment(ALL, sums + 4L * STEP, ORDER);
    s11.intoMemorySegment(ALL, sums + 5L * STEP, ORDER);
    s21.intoMemorySegment(ALL, sums + 6L * STEP, ORDER);
    s31.intoMemorySegment(ALL, sums + 7L * STEP, ORDER);
    s02.intoMemorySegment(ALL, sums + 8L * STEP, ORDER);
    s12.intoMemorySegment(ALL, sums + 9L * STEP, ORDER);
    s22.intoMemorySegment(ALL, sums + 10L * STEP, ORDER);
    s32.intoMemorySegment(ALL, sums + 11L * STEP, ORDER);
    s03.intoMemorySegment(ALL, sums + 12L * STEP, ORDER);
    s13.intoMemorySegment(ALL, sums + 13L * STEP, ORDER);
    s23.intoMemorySegment(ALL, sums + 14L * STEP, ORDER);
    s33.intoMemorySegment(ALL, sums + 15L * STEP, ORDER);
  }

  private static void tile4x1(FloatRows a, int r, FloatRows x, int t, int bytes, long sums) {
    long a0 = a.at(r);
    long a1 = a0 + a.stride();
    long a2 = a1 + a.stride();
    long a3 = a2 + a.stride();
    long x0 = x.at(t);
    FloatVector s0 = FloatVector.zero(FLOATS);
    FloatVector s1 = FloatVector.zero(FLOATS);
    FloatVector s2 = FloatVector.zero(FLOATS);
    FloatVector s3 = FloatVector.zero(FLOATS);
    for (int k = 0; k < bytes; k += STEP) {
      FloatVector v = FloatVector.fromMemorySegment(FLOATS, ALL, x0 + k, ORDER);
      s0 = FloatVector.fromMemorySegment(FLOATS, ALL, a0 + k, ORDER).fma(v, s0);
      s1 = FloatVector.fromMemorySegment(FLOATS, ALL, a1 + k, ORDER).fma(v, s1);
      s2 = FloatVector.fromMemorySegment(FLOATS, ALL, a2 + k, ORDER).fma(v, s2);
      s3 = FloatVector.fromMemorySegment(FLOATS, ALL, a3 + k, ORDER).fma(v, s3);
    }
    s0.intoMemorySegment(ALL, sums, ORDER);
    s1.intoMemorySegment(ALL, sums + 1L * STEP, ORDER);
    s2.intoMemorySegment(ALL, sums + 2L * STEP, ORDER);
    s3.intoMemorySegment(ALL, sums + 3L * STEP, ORDER);
  }

  private static void single(FloatRows a, int r, FloatRows x, int t, int bytes, FloatRows y) {
    FloatVector s = FloatVector.zero(FLOATS);
    for (int k = 0; k < bytes; k += STEP) {
      FloatVector w = FloatVector.fromMemorySegment(FLOATS, ALL, a.at(r) + k, ORDER);
      s = w.fma(FloatVector.fromMemorySegment(FLOATS, ALL, x.at(t) + k, ORDER), s);
    }
    store(y, t, r, LaneSums.sum(s));
  }

  /** Sums up the lanes of {@code n} accumulators, those of token 0 and rows {@code r} and on. */
  static void storeSums(long sums, int n, FloatRows y, int r) {
    if (n == 4) {
      store4(sums, y, r, 0);
      return;
    }
    for (int i = 0; i < n; i++) {
      FloatVector sum = FloatVector.fromMemorySegment(FLOATS, ALL, sums + (long) i * STEP, ORDER);
      store(y, 0, r + i, LaneSums.sum(sum));
    }
  }

  /** Sums up the lanes of four accumulators, those of rows {@code r} to {@code r + 3}. */
  private static void store4(long at, FloatRows y, int r, int t) {
    FloatVector sum =
        LaneSums.sum4(
            FloatVector.fromMemorySegment(FLOATS, ALL, at, ORDER),
            FloatVector.fromMemorySegment(FLOATS, ALL, at + STEP, ORDER),
            FloatVector.fromMemorySegment(FLOATS, ALL, at + 2L * STEP, ORDER),
            FloatVector.fromMemorySegment(FLOATS, ALL, at + 3L * STEP, ORDER));
    store(y, t, r, sum.lane(0));
    store(y, t, r + 1, sum.lane(LANES / 2));
    store(y, t, r + 2, sum.lane(LANES / 4));
    store(y, t, r + 3, sum.lane(3 * LANES / 4));
  }

  private static void store(FloatRows y, int t, int r, float value) {
    ALL.set(ValueLayout.JAVA_FLOAT_UNALIGNED, y.at(t) + (long) r * Float.BYTES, value);
  }
}
