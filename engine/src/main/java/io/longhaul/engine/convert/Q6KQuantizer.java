package io.longhaul.engine.convert;

import java.lang.foreign.MemorySegment;

/**
 * Q6_K: 256 weights x in 16 groups of 16, x = d·scale·(code - 32) with codes of 6 bits and signed
 * scales of 8.
 *
 * <p>Each group is fitted by itself: for 19 spacings of the codes, the scale of least squared
 * error, weighted with x², is found, and the best kept. Then the scales are quantized, and the
 * codes chosen again for what became of them.
 */
final class Q6KQuantizer {
  private static final int BLOCK = 256;
  private static final int GROUP = 16;
  private static final int GROUPS = BLOCK / GROUP;
  private static final int ZERO = 32;

  /** Weights below this are all taken for zero. */
  private static final float NOTHING = 1e-15f;

  private final float[] x;
  private final int from;

  /** Less {@link #ZERO}. */
  private final int[] codes = new int[BLOCK];

  private final float[] scales = new float[GROUPS];
  private float sumXl;
  private float sumL2;

  private Q6KQuantizer(float[] x, int from) {
    this.x = x;
    this.from = from;
  }

  /** 128 bytes of low four bits, 64 bytes of high two bits, 16 scales, d f16. */
  static void encode(float[] x, int from, MemorySegment out, long block) {
    new Q6KQuantizer(x, from).encode(out, block);
  }

  private void encode(MemorySegment out, long block) {
    float largest = 0;
    for (int g = 0; g < GROUPS; g++) {
      scales[g] = fit(g);
      if (Math.abs(scales[g]) > Math.abs(largest)) {
        largest = scales[g];
      }
    }
    if (Math.abs(largest) < NOTHING) {
      out.asSlice(block, 210).fill((byte) 0);
      return;
    }
    float inverse = -128f / largest;
    short d = Float.floatToFloat16(1 / inverse);
    Stores.i16(out, block + 208, d);
    for (int g = 0; g < GROUPS; g++) {
      int stored = (byte) Math.min(127, NearestInteger.of(inverse * scales[g]));
      Stores.i8(out, block + 192 + g, stored);
      float scale = Float.float16ToFloat(d) * stored;
      if (scale != 0) {
        for (int i = g * GROUP; i < (g + 1) * GROUP; i++) {
          codes[i] = NearestInteger.within(x[from + i] / scale, -ZERO, ZERO - 1);
        }
      }
    }
    pack(out, block);
  }

  /** Finds the codes of a group and returns its scale. */
  private float fit(int group) {
    int start = from + group * GROUP;
    float largest = 0;
    for (int i = 0; i < GROUP; i++) {
      if (Math.abs(x[start + i]) > Math.abs(largest)) {
        largest = x[start + i];
      }
    }
    if (Math.abs(largest) < NOTHING) {
      for (int i = 0; i < GROUP; i++) {
        codes[group * GROUP + i] = -ZERO; // stored as 0
      }
      return 0;
    }
    measure(start, -ZERO / largest);
    chooseCodes(group, -ZERO / largest);
    float scale = sumL2 != 0 ? sumXl / sumL2 : 0;
    float best = scale * sumXl;
    for (int step = -9; step <= 9; step++) {
      float inverse = -(ZERO + 0.1f * step) / largest;
      if (step != 0) {
        measure(start, inverse);
        if (sumL2 > 0 && sumXl * sumXl > best * sumL2) {
          chooseCodes(group, inverse);
          scale = sumXl / sumL2;
          best = scale * sumXl;
        }
      }
    }
    return scale;
  }

  /** Sums of weight·x·code and weight·code² over a group, weight = x². */
  private void measure(int start, float inverse) {
    sumXl = 0;
    sumL2 = 0;
    for (int i = 0; i < GROUP; i++) {
      float value = x[start + i];
      int code = NearestInteger.within(inverse * value, -ZERO, ZERO - 1);
      float weight = value * value;
      sumXl += weight * value * code;
      sumL2 += weight * code * code;
    }
  }

  private void chooseCodes(int group, float inverse) {
    for (int i = group * GROUP; i < (group + 1) * GROUP; i++) {
      codes[i] = NearestInteger.within(inverse * x[from + i], -ZERO, ZERO - 1);
    }
  }

  /**
   * In each half of 128 weights, byte j of 64 gets the low bits of weights j and j + 64, byte j of
   * 32 the high bits of weights j, j + 32, j + 64 and j + 96.
   */
  private void pack(MemorySegment out, long block) {
    for (int half = 0; half < 2; half++) {
      int first = half * 128;
      for (int j = 0; j < 64; j++) {
        int low = (code(first + j) & 0xF) | (code(first + j + 64) & 0xF) << 4;
        Stores.i8(out, block + half * 64L + j, low);
      }
      for (int j = 0; j < 32; j++) {
        int high = 0;
        for (int quarter = 0; quarter < 4; quarter++) {
          high |= code(first + j + 32 * quarter) >> 4 << (2 * quarter);
        }
        Stores.i8(out, block + 128 + half * 32L + j, high);
      }
    }
  }

  private int code(int i) {
    return codes[i] + ZERO;
  }
}
