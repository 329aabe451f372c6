package io.longhaul.engine.convert;

import java.lang.foreign.MemorySegment;

/**
 * Q4_K: 256 weights x in 8 groups of 32, x = d·scale·code - dmin·minimum with codes of 4 bits,
 * scales and minima of 6 bits.
 *
 * <p>Each group is fitted by itself: for 22 spacings of the codes, the weighted least-squares line
 * through (code, x) is found, and the one with the least weighted squared error kept. A weight
 * counts as much as the group's root mean square plus its magnitude, so large ones count more. Then
 * scales and minima are quantized, and the codes chosen again for what became of them.
 */
final class Q4KQuantizer {
  private static final int BLOCK = 256;
  private static final int GROUP = 32;
  private static final int GROUPS = BLOCK / GROUP;
  private static final int MAX_CODE = 15;
  private static final int MAX_SCALE = 63;

  /** Steps of a tenth of a code, from one code too few to one too many. */
  private static final int SPACINGS = 21;

  private final float[] x;
  private final int from;
  private final int[] codes = new int[BLOCK];
  private final int[] trial = new int[GROUP];
  private final float[] importance = new float[GROUP];
  private final float[] scales = new float[GROUPS];
  private final float[] minima = new float[GROUPS];

  private Q4KQuantizer(float[] x, int from) {
    this.x = x;
    this.from = from;
  }

  /** d f16, dmin f16, 12 bytes of scales and minima, 128 bytes of codes. */
  static void encode(float[] x, int from, MemorySegment out, long block) {
    new Q4KQuantizer(x, from).encode(out, block);
  }

  private void encode(MemorySegment out, long block) {
    float maxScale = 0;
    float maxMinimum = 0;
    for (int g = 0; g < GROUPS; g++) {
      fit(g);
      maxScale = Math.max(maxScale, scales[g]);
      maxMinimum = Math.max(maxMinimum, minima[g]);
    }
    int[] scaleCodes = sixBits(scales, maxScale);
    int[] minimumCodes = sixBits(minima, maxMinimum);
    short d = Float.floatToFloat16(maxScale / MAX_SCALE);
    short dmin = Float.floatToFloat16(maxMinimum / MAX_SCALE);
    Stores.i16(out, block, d);
    Stores.i16(out, block + 2, dmin);
    pack(scaleCodes, minimumCodes, out, block + 4);
    for (int g = 0; g < GROUPS; g++) {
      float scale = Float.float16ToFloat(d) * scaleCodes[g];
      float minimum = Float.float16ToFloat(dmin) * minimumCodes[g];
      if (scale != 0) {
        for (int i = g * GROUP; i < (g + 1) * GROUP; i++) {
          codes[i] = NearestInteger.within((x[from + i] + minimum) / scale, 0, MAX_CODE);
        }
      }
    }
    for (int pair = 0; pair < GROUPS / 2; pair++) {
      for (int j = 0; j < GROUP; j++) {
        int low = 2 * pair * GROUP + j;
        Stores.i8(out, block + 16 + pair * (long) GROUP + j, codes[low] | codes[low + GROUP] << 4);
      }
    }
  }

  /** Finds the scale, the minimum (negated: at least 0) and the codes of a group. */
  private void fit(int group) {
    int start = from + group * GROUP;
    weigh(start);
    float min = x[start];
    float max = x[start];
    float sumW = importance[0];
    float sumX = sumW * x[start];
    for (int i = 1; i < GROUP; i++) {
      float value = x[start + i];
      min = Math.min(min, value);
      max = Math.max(max, value);
      sumW += importance[i];
      sumX += importance[i] * value;
    }
    if (min > 0) {
      min = 0;
    }
    minima[group] = -min;
    if (max == min) {
      return; // all weights are equal: scale 0, codes 0
    }
    float scale = 1 / (MAX_CODE / (max - min));
    chooseCodes(start, MAX_CODE / (max - min), min);
    keepTrial(group);
    float best = error(start, scale, min);
    for (int step = 0; step < SPACINGS; step++) {
      // From the best offset so far, not from the lowest weight.
      chooseCodes(start, (-1f + 0.1f * step + MAX_CODE) / (max - min), min);
      float sumL = 0;
      float sumL2 = 0;
      float sumXl = 0;
      for (int i = 0; i < GROUP; i++) {
        float weighted = importance[i] * trial[i];
        sumL += weighted;
        sumL2 += weighted * trial[i];
        sumXl += weighted * x[start + i];
      }
      float determinant = sumW * sumL2 - sumL * sumL;
      if (determinant > 0) {
        float slope = (sumW * sumXl - sumX * sumL) / determinant;
        float offset = (sumL2 * sumX - sumL * sumXl) / determinant;
        if (offset > 0) {
          offset = 0;
          slope = sumXl / sumL2;
        }
        float error = error(start, slope, offset);
        if (error < best) {
          best = error;
          scale = slope;
          min = offset;
          keepTrial(group);
        }
      }
    }
    scales[group] = scale;
    minima[group] = -min;
  }

  private void weigh(int start) {
    float sumX2 = 0;
    for (int i = 0; i < GROUP; i++) {
      sumX2 += x[start + i] * x[start + i];
    }
    float rootMeanSquare = (float) Math.sqrt(sumX2 / GROUP);
    for (int i = 0; i < GROUP; i++) {
      importance[i] = rootMeanSquare + Math.abs(x[start + i]);
    }
  }

  private void chooseCodes(int start, float inverseScale, float lowest) {
    for (int i = 0; i < GROUP; i++) {
      trial[i] = NearestInteger.within(inverseScale * (x[start + i] - lowest), 0, MAX_CODE);
    }
  }

  private void keepTrial(int group) {
    System.arraycopy(trial, 0, codes, group * GROUP, GROUP);
  }

  private float error(int start, float scale, float offset) {
    float error = 0;
    for (int i = 0; i < GROUP; i++) {
      float difference = scale * trial[i] + offset - x[start + i];
      error += importance[i] * (difference * difference);
    }
    return error;
  }

  /** The values as multiples of the largest's 63rd part. */
  private static int[] sixBits(float[] values, float largest) {
    float inverse = largest > 0 ? MAX_SCALE / largest : 0;
    int[] codes = new int[GROUPS];
    for (int g = 0; g < GROUPS; g++) {
      codes[g] = Math.min(MAX_SCALE, NearestInteger.of(inverse * values[g]) & 0xFF);
    }
    return codes;
  }

  /**
   * Twelve bytes: scales 0 to 3 with the high bits of scales 4 to 7 atop, minima 0 to 3 likewise,
   * then the low halves of scales 4 to 7 with those of the minima atop.
   */
  private static void pack(int[] scales, int[] minima, MemorySegment out, long offset) {
    for (int i = 0; i < 4; i++) {
      Stores.i8(out, offset + i, scales[i] | scales[i + 4] >> 4 << 6);
      Stores.i8(out, offset + 4 + i, minima[i] | minima[i + 4] >> 4 << 6);
      Stores.i8(out, offset + 8 + i, (scales[i + 4] & 0xF) | (minima[i + 4] & 0xF) << 4);
    }
  }
}
