package io.longhaul.engine.kernel.vector;

import static io.longhaul.engine.kernel.vector.NativeMemory.ALL;
import static io.longhaul.engine.kernel.vector.VectorWidth.FLOATS;
import static io.longhaul.engine.kernel.vector.VectorWidth.INTS;
import static io.longhaul.engine.kernel.vector.VectorWidth.NATIVE;
import static io.longhaul.engine.kernel.vector.VectorWidth.SHORTS;
import static io.longhaul.engine.kernel.vector.VectorWidth.STORED;

import io.longhaul.engine.kernel.WeightDecoder;
import io.longhaul.engine.kernel.scalar.ScalarDecoders;
import io.longhaul.engine.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Floats stored one by one. What does not fill a vector at the end goes to the scalar decoder.
 *
 * <p>The exponent and the fraction of a short float are put in the exponent and fraction fields of
 * a float and the difference of the biases is added. Subnormal numbers are corrected apart. One
 * product would scale all numbers exactly, and faster where all are normal, but was several times
 * slower on a mixture with subnormals; this way the speed does not depend on the data.
 */
final class PlainFloats {
  private static final WeightDecoder SCALAR_F32 = ScalarDecoders.of(TensorType.F32);
  private static final WeightDecoder SCALAR_F16 = ScalarDecoders.of(TensorType.F16);
  private static final WeightDecoder SCALAR_BF16 = ScalarDecoders.of(TensorType.BF16);
  private static final WeightDecoder SCALAR_F8 = ScalarDecoders.of(TensorType.F8_E4M3);

  private static final int LANES = FLOATS.length();

  /** 127 - 15 binades, in the exponent field of a float. */
  private static final int F16_BIAS = 112 << 23;

  /** 127 - 7 binades. */
  private static final int E4M3_BIAS = 120 << 23;

  private static final int LEAST_EXPONENT = 1 << 23;

  private static final int SIGN = 0x8000_0000;

  private PlainFloats() {}

  static void f32(long from, int count, long to) {
    if (NATIVE == ByteOrder.LITTLE_ENDIAN) {
      MemorySegment.copy(ALL, from, ALL, to, (long) count * Float.BYTES);
    } else {
      SCALAR_F32.decode(ALL, from, count, ALL, to);
    }
  }

  static void bf16(long from, int count, long to) {
    int i = 0;
    for (; i <= count - LANES; i += LANES) {
      shorts(from + 2L * i)
          .lanewise(VectorOperators.LSHL, 16)
          .reinterpretAsFloats()
          .intoMemorySegment(ALL, to + 4L * i, NATIVE);
    }
    SCALAR_BF16.decode(ALL, from + 2L * i, count - i, ALL, to + 4L * i);
  }

  static void f16(long from, int count, long to) {
    int i = 0;
    for (; i <= count - LANES; i += LANES) {
      IntVector halves = shorts(from + 2L * i);
      IntVector field = halves.lanewise(VectorOperators.LSHL, 13).and(0x0FFF_E000);
      IntVector value = rebias(field, F16_BIAS);
      // Infinities and NaNs have all exponent bits set in both formats.
      value = value.blend(value.add(F16_BIAS), field.compare(VectorOperators.GE, 0x0F80_0000));
      value.or(halves.and(SIGN)).reinterpretAsFloats().intoMemorySegment(ALL, to + 4L * i, NATIVE);
    }
    SCALAR_F16.decode(ALL, from + 2L * i, count - i, ALL, to + 4L * i);
  }

  static void f8E4m3(long from, int count, long to) {
    int i = 0;
    for (; i <= count - 16; i += 16) {
      IntVector words = Sixteen.words(Sixteen.load(from + i).reinterpretAsBytes());
      for (int part = 0; part < Sixteen.PARTS; part++) {
        e4m3(Sixteen.ints(words, part))
            .intoMemorySegment(ALL, to + 4L * (i + part * LANES), NATIVE);
      }
    }
    SCALAR_F8.decode(ALL, from + i, count - i, ALL, to + 4L * i);
  }

  private static FloatVector e4m3(IntVector codes) {
    IntVector field = codes.lanewise(VectorOperators.LSHL, 20).and(0x07F0_0000);
    IntVector value = rebias(field, E4M3_BIAS);
    // The format has no infinities; all ones is its NaN.
    value = value.blend(0x7FC0_0000, field.eq(0x07F0_0000));
    return value.or(codes.and(SIGN)).reinterpretAsFloats();
  }

  /** Float bits of positive numbers whose exponents lack {@code bias}. */
  private static IntVector rebias(IntVector field, int bias) {
    IntVector normal = field.add(bias);
    // A subnormal gets the exponent of the least normal number, whose leading one is taken off.
    IntVector subnormal =
        normal
            .add(LEAST_EXPONENT)
            .reinterpretAsFloats()
            .sub(Float.intBitsToFloat(bias + LEAST_EXPONENT))
            .reinterpretAsInts();
    return normal.blend(subnormal, field.lt(LEAST_EXPONENT));
  }

  /** As many stored shorts as a vector has floats, sign-extended. */
  private static IntVector shorts(long address) {
    ShortVector shorts = ShortVector.fromMemorySegment(SHORTS, ALL, address, STORED);
    return (IntVector) shorts.convertShape(VectorOperators.S2I, INTS, 0);
  }
}
