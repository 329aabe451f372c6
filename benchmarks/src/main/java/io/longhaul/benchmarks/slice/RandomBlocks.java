package io.longhaul.benchmarks.slice;

import io.longhaul.engine.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Random weights, drawn as the blocks of a type rather than as numbers that are then quantized.
 *
 * <p>Codes are uniform, and the scale is such that the weights have the deviation asked for. Their
 * mean is 0: where codes are not symmetric, the sign of the scale is drawn too. A mean would add up
 * over a row and grow from layer to layer.
 *
 * <p>The layouts are ggml's (ggml-common.h).
 */
final class RandomBlocks {
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;
  private static final ValueLayout.OfShort HALF = ValueLayout.JAVA_SHORT_UNALIGNED;
  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

  /** The deviation of uniform codes: of n of them, the square root of (n² - 1) / 12. */
  private static final double DEVIATION_OF_16_CODES = Math.sqrt((16 * 16 - 1) / 12.0);

  /** The upper half of the six-bit scales of Q4_K: 32 to 63, whose root mean square this is. */
  private static final double RMS_OF_SCALES = Math.sqrt(47.5 * 47.5 + (32 * 32 - 1) / 12.0);

  /** Entries of a table that floating-point weights are drawn from. */
  private static final int DRAWN = 1 << 16;

  private static final Map<SliceTensor.Random, float[]> NORMAL = new ConcurrentHashMap<>();

  private final TensorType type;
  private final SliceTensor.Random values;
  private long state;

  /** Types that weights can be drawn in. */
  static Set<TensorType> types() {
    Set<TensorType> types = EnumSet.of(TensorType.F16, TensorType.BF16, TensorType.Q4_K);
    types.addAll(ScaleFields.BY_TYPE.keySet());
    return types;
  }

  /** The same type, deviation and seed give the same weights. */
  RandomBlocks(TensorType type, SliceTensor.Random values, long seed) {
    this.type = type;
    this.values = values;
    this.state = seed;
  }

  /** Fills whole blocks. */
  void fill(MemorySegment out) {
    switch (type) {
      case F32 -> fillF32(out);
      case F16, BF16 -> fillHalves(out);
      case Q4_K -> fillQ4K(out);
      default -> fillScaled(out);
    }
  }

  /** SplitMix64. */
  private long next() {
    long z = state += 0x9E3779B97F4A7C15L;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  private void fillBytes(MemorySegment out) {
    long at = 0;
    for (; at <= out.byteSize() - Long.BYTES; at += Long.BYTES) {
      out.set(LONG, at, next());
    }
    for (long rest = next(); at < out.byteSize(); at++, rest >>>= Byte.SIZE) {
      out.set(ValueLayout.JAVA_BYTE, at, (byte) rest);
    }
  }

  /** Blocks of random bits but for their scales. */
  private void fillScaled(MemorySegment out) {
    ScaleFields fields = ScaleFields.BY_TYPE.get(type);
    if (fields == null) {
      throw new IllegalArgumentException("random weights of type " + type);
    }
    double scale = values.deviation() / ScaleFields.deviation(type);
    fillBytes(out);
    for (long at = 0; at < out.byteSize(); at += type.bytesPerBlock()) {
      fields.set(out, at, scale, next());
    }
  }

  /** A half-precision number with the sign of another. */
  private static short randomSign(short bits, short random) {
    return (short) (bits ^ (random & 0x8000));
  }

  /**
   * {@code w = d · scale · code - dmin · min} with {@code min = scale} and {@code dmin = 7.5 d}, so
   * that the codes 0 to 15 lie around 0.
   */
  private void fillQ4K(MemorySegment out) {
    fillBytes(out);
    double scale = values.deviation() / (DEVIATION_OF_16_CODES * RMS_OF_SCALES);
    short d = Float.floatToFloat16((float) scale);
    short dmin = Float.floatToFloat16(7.5f * Float.float16ToFloat(d));
    for (long at = 0; at < out.byteSize(); at += type.bytesPerBlock()) {
      short random = out.get(HALF, at);
      out.set(HALF, at, randomSign(d, random));
      out.set(HALF, at + 2, randomSign(dmin, random));
      // Eight pairs of six bits: of the last four, the upper two lie above those of the first four.
      for (int j = 0; j < 4; j++) {
        int bits = out.get(ValueLayout.JAVA_BYTE, at + 4 + j);
        int first = 32 | (bits & 31);
        int low = (bits >> 5 & 3) | (out.get(ValueLayout.JAVA_BYTE, at + 8 + j) & 12);
        int upper = 2 | (out.get(ValueLayout.JAVA_BYTE, at + 12 + j) & 1);
        byte both = (byte) (first | upper << 6);
        out.set(ValueLayout.JAVA_BYTE, at + 4 + j, both);
        out.set(ValueLayout.JAVA_BYTE, at + 8 + j, both);
        out.set(ValueLayout.JAVA_BYTE, at + 12 + j, (byte) (low | low << 4));
      }
    }
  }

  private void fillHalves(MemorySegment out) {
    float[] table = normal();
    short[] halves = new short[DRAWN];
    for (int i = 0; i < DRAWN; i++) {
      halves[i] =
          type == TensorType.F16
              ? Float.floatToFloat16(table[i])
              : (short) (Float.floatToRawIntBits(table[i]) >>> Short.SIZE);
    }
    long random = 0;
    for (long at = 0; at < out.byteSize(); at += Short.BYTES, random >>>= Short.SIZE) {
      random = at % Long.BYTES == 0 ? next() : random;
      out.set(HALF, at, halves[(int) random & (DRAWN - 1)]);
    }
  }

  private void fillF32(MemorySegment out) {
    float[] table = normal();
    for (long at = 0; at < out.byteSize(); at += Float.BYTES) {
      out.set(FLOAT, at, table[(int) next() & (DRAWN - 1)]);
    }
  }

  /** Normally distributed numbers to draw from. */
  private float[] normal() {
    return NORMAL.computeIfAbsent(
        values,
        key -> {
          SplittableRandom random = new SplittableRandom(1);
          float[] table = new float[DRAWN];
          for (int i = 0; i < DRAWN; i += 2) {
            table[i] = (float) (random.nextGaussian() * key.deviation());
            table[i + 1] = -table[i];
          }
          return table;
        });
  }
}
