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

  /** The register with {@code 256 · high + low}: within an int for codes of up to five bits. */
  Vec finish(Assembler a) {
    a.vpslld(highSum, highSum, 8);
    a.op(Simd.VPADDD, lowSum, lowSum, highSum);
    return lowSum;
  }
}
