package io.longhaul.benchmarks.slice;

import static io.longhaul.engine.tensor.TensorType.IQ1_M;
import static io.longhaul.engine.tensor.TensorType.IQ1_S;
import static io.longhaul.engine.tensor.TensorType.IQ2_S;
import static io.longhaul.engine.tensor.TensorType.IQ2_XS;
import static io.longhaul.engine.tensor.TensorType.IQ2_XXS;
import static io.longhaul.engine.tensor.TensorType.IQ3_S;
import static io.longhaul.engine.tensor.TensorType.IQ3_XXS;
import static io.longhaul.engine.tensor.TensorType.IQ4_NL;
import static io.longhaul.engine.tensor.TensorType.IQ4_XS;
import static io.longhaul.engine.tensor.TensorType.MXFP4;
import static io.longhaul.engine.tensor.TensorType.Q2_K;
import static io.longhaul.engine.tensor.TensorType.Q3_K;
import static io.longhaul.engine.tensor.TensorType.Q4_0;
import static io.longhaul.engine.tensor.TensorType.Q4_1;
import static io.longhaul.engine.tensor.TensorType.Q5_0;
import static io.longhaul.engine.tensor.TensorType.Q5_1;
import static io.longhaul.engine.tensor.TensorType.Q5_K;
import static io.longhaul.engine.tensor.TensorType.Q6_K;
import static io.longhaul.engine.tensor.TensorType.Q8_0;
import static java.util.Map.entry;

import io.longhaul.engine.kernel.scalar.ScalarDecoders;
import io.longhaul.engine.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Where the scales of a block's weights lie; all else of it may be any bits. The layouts are ggml's
 * (ggml-common.h).
 */
sealed interface ScaleFields {
  /** Blocks of random bits that the deviation at a scale of 1 is measured over. */
  int MEASURED = 1 << 12;

  Map<TensorType, Double> DEVIATIONS = new ConcurrentHashMap<>();

  Map<TensorType, ScaleFields> BY_TYPE =
      Map.ofEntries(
          entry(Q4_0, half(0)),
          entry(Q4_1, halves(0, 2, -7.5)),
          entry(Q5_0, half(0)),
          entry(Q5_1, halves(0, 2, -15.5)),
          entry(Q8_0, half(0)),
          entry(Q2_K, halves(80, 82, 1.5)),
          entry(Q3_K, half(108)),
          entry(Q5_K, halves(0, 2, 15.5)),
          entry(Q6_K, half(208)),
          entry(IQ1_S, half(0)),
          entry(IQ1_M, new Nibbles(48)),
          entry(IQ2_XXS, half(0)),
          entry(IQ2_XS, half(0)),
          entry(IQ2_S, half(0)),
          entry(IQ3_XXS, half(0)),
          entry(IQ3_S, half(0)),
          entry(IQ4_NL, half(0)),
          entry(IQ4_XS, half(0)),
          entry(MXFP4, new Exponent()));

  /**
   * Gives a block the scale, with a random sign if it can have one: the codes of many types are not
   * symmetric, and the weights' mean is to be 0.
   */
  void set(MemorySegment blocks, long block, double scale, long random);

  /**
   * A scale in half precision, and one for what is subtracted from the codes.
   *
   * @param scaleAt its place in the block, in bytes
   * @param offsetAt the place of the second one, negative where there is none
   * @param offset the second one's ratio to the first, which brings the codes' mean to 0
   */
  record Halves(int scaleAt, int offsetAt, double offset) implements ScaleFields {
    private static final ValueLayout.OfShort HALF = ValueLayout.JAVA_SHORT_UNALIGNED;

    @Override
    public void set(MemorySegment blocks, long block, double scale, long random) {
      double signed = random < 0 ? -scale : scale;
      blocks.set(HALF, block + scaleAt, Float.floatToFloat16((float) signed));
      if (offsetAt >= 0) {
        blocks.set(HALF, block + offsetAt, Float.floatToFloat16((float) (signed * offset)));
      }
    }
  }

  /** IQ1_M: a half in the top four bits of four words, the lowest bits first. */
  record Nibbles(int at) implements ScaleFields {
    private static final int WORDS = 4;

    @Override
    public void set(MemorySegment blocks, long block, double scale, long random) {
      int half = Float.floatToFloat16((float) (random < 0 ? -scale : scale));
      for (int w = 0; w < WORDS; w++) {
        long upper = block + at + w * 2L + 1;
        int kept = blocks.get(ValueLayout.JAVA_BYTE, upper) & 15;
        int nibble = (half >> (4 * w)) & 15;
        blocks.set(ValueLayout.JAVA_BYTE, upper, (byte) ((nibble << 4) | kept));
      }
    }
  }

  /**
   * MXFP4: a power of two in its first byte, the one below the scale or the one above, so that the
   * mean square is the scale's. The codes have signs of their own.
   */
  record Exponent() implements ScaleFields {
    private static final int BIAS = 127;

    @Override
    public void set(MemorySegment blocks, long block, double scale, long random) {
      int below = Math.getExponent(scale);
      double square = Math.pow(scale / Math.scalb(1.0, below), 2);
      // Squares are 1 and 4 times that of the power below.
      boolean above = (random >>> 1) * 0x1p-63 < (square - 1) / 3;
      blocks.set(ValueLayout.JAVA_BYTE, block, (byte) (BIAS + below + (above ? 1 : 0)));
    }
  }

  private static Halves half(int at) {
    return new Halves(at, -1, 0);
  }

  private static Halves halves(int at, int offsetAt, double offset) {
    return new Halves(at, offsetAt, offset);
  }

  /**
   * The deviation of a type's weights if the bits of its blocks are random and their scale is 1.
   */
  static double deviation(TensorType type) {
    return DEVIATIONS.computeIfAbsent(type, ScaleFields::measure);
  }

  private static double measure(TensorType type) {
    SplittableRandom random = new SplittableRandom(1);
    byte[] bits = new byte[MEASURED * type.bytesPerBlock()];
    random.nextBytes(bits);
    MemorySegment blocks = MemorySegment.ofArray(bits);
    for (int b = 0; b < MEASURED; b++) {
      BY_TYPE.get(type).set(blocks, (long) b * type.bytesPerBlock(), 1, 0);
    }
    float[] weights = new float[MEASURED * type.blockSize()];
    ScalarDecoders.of(type).decode(blocks, 0, weights.length, MemorySegment.ofArray(weights), 0);
    double squares = 0;
    for (float weight : weights) {
      squares += (double) weight * weight;
    }
    return Math.sqrt(squares / weights.length);
  }
}
