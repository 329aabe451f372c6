package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.machine.Assembler.Mem;
import io.longhaul.engine.kernel.machine.Assembler.Vec;

/**
 * Q2_K: sixteen bytes of scales low and minima high, 64 with codes of two bits, d and dmin; the
 * layout is described at the scalar decoders. Sums stay within the ints: a lane gets 32 columns, of
 * at most 3 · 15 · {@link InputBytes#LARGEST} each.
 */
final class Q2KAvx2Products implements BlockStep {
  private static final int CODES_AT = 16;
  private static final int FACTORS_AT = 80;
  private static final int VECTOR = 32;

  private static final Vec CODES = Vec.ymm(8);
  private static final Vec PART = Vec.ymm(9);
  private static final Vec SCALE = Vec.ymm(12);
  private static final ByteProducts PRODUCTS =
      new ByteProducts(Vec.ymm(10), Vec.ymm(11), Vec.ymm(13), Vec.ymm(14));
  private static final Vec PAIRS = Vec.ymm(1);
  private static final Vec THREE = Vec.ymm(15);

  // Of a row's memory to work in.
  private static final int SCALES_AT = 0;
  private static final int MINIMA_AT = 32;

  // Constants in memory, behind what a block works in.
  private static final int NIBBLES_AT = 256;
  private static final int PER_OFFSET_AT = 320;

  @Override
  public int bytes() {
    return FACTORS_AT + 2 * Short.BYTES;
  }

  @Override
  public void constants(Constants constants) {
    constants.bytes(THREE, 0x0F);
    constants.store(NIBBLES_AT, THREE);
    ByteProducts.pairs(constants, PAIRS);
    constants.ints(THREE, Float.floatToRawIntBits(1f / InputBytes.OFFSET));
    constants.store(PER_OFFSET_AT, THREE);
    constants.bytes(THREE, 3);
  }

  @Override
  public void emitBlock(Assembler a, Mem block, Mem input, Mem scratch) {
    scales(a, block, scratch);
    for (int vector = 0; vector < InputBytes.COLUMNS / VECTOR; vector++) {
      BlockStep.twoBits(a, vector, PART, CODES, block.plus(CODES_AT), THREE);
      Mem pair = scratch.plus(SCALES_AT + vector * Integer.BYTES);
      ByteProducts.loadPair(a, SCALE, pair, PAIRS);
      PRODUCTS.add(a, vector, PART, SCALE, input);
    }
    addScaled(a, block, input, scratch);
  }

  /** Leaves sixteen scales as shorts and as many minima as bytes in memory. */
  private static void scales(Assembler a, Mem block, Mem scratch) {
    Vec minima = PART.xmm();
    a.op(Simd.VMOVUPS, CODES.xmm(), block);
    a.vpsrlw(minima, CODES.xmm(), 4);
    a.op(Simd.VPANDD, minima, minima, scratch.plus(NIBBLES_AT));
    a.store(Simd.VMOVUPS_STORE, scratch.plus(MINIMA_AT), minima);
    a.op(Simd.VPANDD, CODES.xmm(), CODES.xmm(), scratch.plus(NIBBLES_AT));
    a.op(Simd.VPMOVZXBW, CODES, CODES.xmm());
    a.store(Simd.VMOVUPS_STORE, scratch.plus(SCALES_AT), CODES);
  }

  private static void addScaled(Assembler a, Mem block, Mem input, Mem scratch) {
    Vec sum = PRODUCTS.finish(a);
    Vec factors = CODES;
    Vec minima = PART;
    Vec factor = SCALE;
    a.op(Simd.VPBROADCASTD, factors.xmm(), block.plus(FACTORS_AT));
    a.op(Simd.VCVTPH2PS, factors, factors.xmm());
    a.op(Simd.VMULPS, factors, factors, input.plus(InputBytes.SCALE_AT));
    a.op(Simd.VCVTDQ2PS, sum, sum);
    a.op(Simd.VPSHUFD, factor, factors, 0b10_10_00_00);
    a.op(Simd.VFMADD231PS, Avx2.ROW, sum, factor);
    Mem sums = input.plus(InputBytes.OFFSETS_AT);
    ByteProducts.minima(a, sum, minima, scratch.plus(MINIMA_AT), sums);
    a.op(Simd.VMULPS, sum, sum, scratch.plus(PER_OFFSET_AT));
    a.op(Simd.VPSHUFD, factor, factors, 0b11_11_01_01);
    a.op(Simd.VFMADD231PS, Avx2.ROW, sum, factor);
  }
}
