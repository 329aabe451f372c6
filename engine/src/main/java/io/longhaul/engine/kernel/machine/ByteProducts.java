package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.machine.Assembler.Mem;
import io.longhaul.engine.kernel.machine.Assembler.Vec;

/**
 * Sums of codes of up to six bits times {@link InputBytes} times the scales of the codes, which are
 * shorts: in ints, over a block of 256 columns.
 *
 * @param high products with high digits of the moment
 * @param low with low ones
 * @param highSum the sums so far
 * @param lowSum of the low digits
 */
record ByteProducts(Vec high, Vec low, Vec highSum, Vec lowSum) {
  private static final int VECTOR = 32;

  /**
   * Adds the products of 32 columns.
   *
   * @param vector which ones of the block, from 0; the first ones begin the sums
   * @param scales a short for each pair of codes
   */
  void add(Assembler a, int vector, Vec codes, Vec scales, Mem input) {
    a.op(Simd.VPMADDUBSW, high, codes, input.plus(vector * VECTOR));
    a.op(Simd.VPMADDUBSW, low, codes, input.plus(InputBytes.LOW_AT + vector * VECTOR));
    scale(a, vector, scales);
  }

  /**
   * As {@link #add}, for weights that have signs. Two products fit a short: of 127 and 127, which
   * is why no digit is -128.
   *
   * @param codes magnitudes
   * @param negative bytes of ones where the sign is minus, else of zeros
   */
  void addSigned(Assembler a, int vector, Vec codes, Vec negative, Vec scales, Mem input) {
    a.op(Simd.VPXORD, high, negative, input.plus(vector * VECTOR));
    a.op(Simd.VPXORD, low, negative, input.plus(InputBytes.LOW_AT + vector * VECTOR));
    a.op(Simd.VPSUBB, high, high, negative);
    a.op(Simd.VPSUBB, low, low, negative);
    a.op(Simd.VPMADDUBSW, high, codes, high);
    a.op(Simd.VPMADDUBSW, low, codes, low);
    scale(a, vector, scales);
  }

  private void scale(Assembler a, int vector, Vec scales) {
    if (vector == 0) {
      a.op(Simd.VPMADDWD, highSum, high, scales);
      a.op(Simd.VPMADDWD, lowSum, low, scales);
      return;
    }
    a.op(Simd.VPMADDWD, high, high, scales);
    a.op(Simd.VPMADDWD, low, low, scales);
    a.op(Simd.VPADDD, highSum, highSum, high);
    a.op(Simd.VPADDD, lowSum, lowSum, low);
  }

  /** What {@link #loadPair} needs. */
  static void pairs(Constants constants, Vec to) {
    // The first of two shorts for the lower half, the second for the upper one.
    constants.each(to, i -> i / 16 * 2 + i % 2);
  }

  /** Two shorts, the scales of 16 columns each. */
  static void loadPair(Assembler a, Vec to, Mem shorts, Vec pairs) {
    a.op(Simd.VPBROADCASTD, to, shorts);
    a.op(Simd.VPSHUFB, to, to, pairs);
  }

  /**
   * {@code to =} sixteen scales, which are shorts in memory, times {@link InputBytes#OFFSETS_AT}.
   */
  static void offsets(Assembler a, Vec to, Vec any, Mem scales, Mem input) {
    a.op(Simd.VPMOVSXWD, to, scales);
    a.op(Simd.VPMOVSXWD, any, scales.plus(16));
    a.op(Simd.VCVTDQ2PS, to, to);
    a.op(Simd.VCVTDQ2PS, any, any);
    a.op(Simd.VMULPS, to, to, input.plus(InputBytes.OFFSETS_AT));
    a.op(Simd.VFMADD231PS, to, any, input.plus(InputBytes.OFFSETS_AT + VECTOR));
  }

  /** {@code to =} sixteen unsigned bytes in memory times sixteen sums of the input. */
  static void minima(Assembler a, Vec to, Vec any, Mem bytes, Mem sums) {
    a.op(Simd.VPMOVZXBD, to, bytes);
    a.op(Simd.VPMOVZXBD, any, bytes.plus(8));
    a.op(Simd.VCVTDQ2PS, to, to);
    a.op(Simd.VCVTDQ2PS, any, any);
    a.op(Simd.VMULPS, to, to, sums);
    a.op(Simd.VFMADD231PS, to, any, sums.plus(VECTOR));
  }

  /** The register with {@code 256 · high + low}: within an int for codes of up to five bits. */
  Vec finish(Assembler a) {
    a.vpslld(highSum, highSum, 8);
    a.op(Simd.VPADDD, lowSum, lowSum, highSum);
    return lowSum;
  }
}
