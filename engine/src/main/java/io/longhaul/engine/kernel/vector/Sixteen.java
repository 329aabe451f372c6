package io.longhaul.engine.kernel.vector;

import static io.longhaul.engine.kernel.vector.NativeMemory.ALL;
import static io.longhaul.engine.kernel.vector.VectorWidth.BYTES;
import static io.longhaul.engine.kernel.vector.VectorWidth.FLOATS;
import static io.longhaul.engine.kernel.vector.VectorWidth.INTS;
import static io.longhaul.engine.kernel.vector.VectorWidth.NATIVE;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;

/**
 * Sixteen weights at a time: codes are unpacked as bytes of one 128-bit vector, which costs the
 * same at every width, and only then widened to floats.
 *
 * <p>The kernels that use these are written as loops around few operations, although C2 unrolls
 * them again: it stops inlining in the middle of a body whose graph has grown too large (its
 * NodeCountInliningCutoff), and every vector that meets a call is then allocated.
 */
final class Sixteen {
  private static final int LANES = FLOATS.length();

  /** Float vectors that sixteen weights take, and the bytes of one. */
  static final int PARTS = 16 / LANES;

  private static final long PART = (long) LANES * Float.BYTES;

  /** Brings byte p · LANES + l to place l · PARTS + p. */
  private static final VectorShuffle<Byte> INTERLEAVE =
      VectorShuffle.fromOp(BYTES, i -> i % PARTS * LANES + i / PARTS);

  private Sixteen() {}

  /** The 16 bytes at an address. */
  static ByteVector load(long address) {
    return ByteVector.fromMemorySegment(BYTES, ALL, address, VectorWidth.STORED);
  }

  /** The low four bits of each byte. */
  static ByteVector low(ByteVector codes) {
    return codes.and((byte) 0x0F);
  }

  /** The high four bits of each byte. */
  static ByteVector high(ByteVector codes) {
    return right(codes, 4).and((byte) 0x0F);
  }

  /**
   * Shifts bytes right. Bits of the neighbour come in from above: the caller masks them away. There
   * is no byte shift in the instruction sets, so the bytes go as ints.
   */
  static ByteVector right(ByteVector bytes, int bits) {
    return bytes.reinterpretAsInts().lanewise(VectorOperators.LSHR, bits).reinterpretAsBytes();
  }

  /** Shifts bytes left. Bits of the neighbour come in from below, as in {@link #right}. */
  static ByteVector left(ByteVector bytes, int bits) {
    return bytes.reinterpretAsInts().lanewise(VectorOperators.LSHL, bits).reinterpretAsBytes();
  }

  /** Stores scale·q at an address. */
  static void store(ByteVector q, FloatVector scale, long to) {
    IntVector words = words(q);
    for (int part = 0; part < PARTS; part++) {
      floats(words, part).mul(scale).intoMemorySegment(ALL, to + PART * part, NATIVE);
    }
  }

  /** Stores scale·q + minimum, rounded twice as the scalar decoder does, never fused. */
  static void store(ByteVector q, FloatVector scale, FloatVector minimum, long to) {
    IntVector words = words(q);
    for (int part = 0; part < PARTS; part++) {
      floats(words, part).mul(scale).add(minimum).intoMemorySegment(ALL, to + PART * part, NATIVE);
    }
  }

  /** One value in every lane. */
  static FloatVector all(float value) {
    return FloatVector.broadcast(FLOATS, value);
  }

  /**
   * All sixteen bytes in one int vector, as many in each lane as there are {@link #PARTS}: byte p
   * of lane l is q[p · LANES + l].
   */
  static IntVector words(ByteVector q) {
    return switch (PARTS) {
      case 1 -> (IntVector) q.convertShape(VectorOperators.B2I, INTS, 0);
      case 2 ->
          (IntVector)
              q.rearrange(INTERLEAVE)
                  .reinterpretAsShorts()
                  .convertShape(VectorOperators.S2I, INTS, 0);
      default -> q.rearrange(INTERLEAVE).reinterpretAsInts();
    };
  }

  /** Byte {@code part} of each lane of {@link #words}, sign-extended. */
  static IntVector ints(IntVector words, int part) {
    return PARTS == 1
        ? words
        : words.lanewise(VectorOperators.LSHL, 24 - 8 * part).lanewise(VectorOperators.ASHR, 24);
  }

  private static FloatVector floats(IntVector words, int part) {
    return (FloatVector) ints(words, part).convertShape(VectorOperators.I2F, FLOATS, 0);
  }
}
