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
import jdk.incubator.vector.VectorSpecies;

/**
 * Sixteen weights at a time: codes are unpacked in one 128-bit vector, which costs the same at
 * every width, and only then widened to floats. While packed they are four ints of four bytes.
 *
 * <p>C2 stops inlining in the middle of a method whose graph has grown too large (18,000 nodes, its
 * NodeCountInliningCutoff), and every vector that meets a call is then allocated. Each operation,
 * conversion or {@code reinterpret} adds some 400 nodes. So the kernels that use these are loops
 * with at most two stores in their body, and stay with ints as long as they can.
 */
final class Sixteen {
  /** {@link VectorWidth#BYTES} as ints: no instruction set shifts bytes. */
  private static final VectorSpecies<Integer> FOUR_INTS = IntVector.SPECIES_128;

  private static final int LOW_NIBBLES = 0x0F0F_0F0F;

  private static final int LANES = FLOATS.length();

  /** Float vectors that sixteen weights take, and the bytes of one. */
  static final int PARTS = 16 / LANES;

  private static final long PART = (long) LANES * Float.BYTES;

  /** Brings byte p · LANES + l to place l · PARTS + p. */
  private static final VectorShuffle<Byte> INTERLEAVE =
      VectorShuffle.fromOp(BYTES, i -> i % PARTS * LANES + i / PARTS);

  private Sixteen() {}

  /** The 16 bytes at an address. */
  static IntVector load(long address) {
    return IntVector.fromMemorySegment(FOUR_INTS, ALL, address, VectorWidth.STORED);
  }

  /** The low four bits of each byte. */
  static ByteVector low(IntVector codes) {
    return codes.and(LOW_NIBBLES).reinterpretAsBytes();
  }

  /** The high four bits of each byte. */
  static ByteVector high(IntVector codes) {
    return right(codes, 4).and(LOW_NIBBLES).reinterpretAsBytes();
  }

  /** Shifts bytes right. Bits of the neighbour come in from above: the caller masks them away. */
  static IntVector right(IntVector bytes, int bits) {
    return bytes.lanewise(VectorOperators.LSHR, bits);
  }

  /**
   * Moves bits left, or right if {@code bits} is negative. Meant for bits that stay in their byte;
   * what else is there afterwards, the caller masks away.
   */
  static IntVector rotate(IntVector bytes, int bits) {
    return bytes.lanewise(VectorOperators.ROL, bits);
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

  /** {@code acc + scale·q · x}, of sixteen floats at address {@code x}. */
  static FloatVector multiplyAdd(ByteVector q, FloatVector scale, long x, FloatVector acc) {
    IntVector words = words(q);
    FloatVector sum = acc;
    for (int part = 0; part < PARTS; part++) {
      FloatVector v = FloatVector.fromMemorySegment(FLOATS, ALL, x + PART * part, NATIVE);
      sum = floats(words, part).mul(scale).fma(v, sum);
    }
    return sum;
  }

  /** {@code acc + (scale·q + minimum) · x}; the weight is rounded twice, as where it is stored. */
  static FloatVector multiplyAdd(
      ByteVector q, FloatVector scale, FloatVector minimum, long x, FloatVector acc) {
    IntVector words = words(q);
    FloatVector sum = acc;
    for (int part = 0; part < PARTS; part++) {
      FloatVector v = FloatVector.fromMemorySegment(FLOATS, ALL, x + PART * part, NATIVE);
      sum = floats(words, part).mul(scale).add(minimum).fma(v, sum);
    }
    return sum;
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
