package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.machine.Assembler.Mem;
import io.longhaul.engine.kernel.machine.Assembler.Vec;

/**
 * Q6_K: 128 bytes with the low four bits of codes, 64 with the upper two, sixteen signed scales of
 * bytes, and d; the layout is described at the scalar decoders. Codes are the weights plus 32.
 */
final class Q6KAvx2Products implements BlockStep {
  private static final int TOPS_AT = 128;
  private static final int SCALES_AT = 192;
  private static final int D_AT = 208;
  private static final int VECTOR = 32;

  private static final Vec CODES = Vec.ymm(8);
  private static final Vec TOPS = Vec.ymm(12);
  private static final Vec SCALE = TOPS;
  private static final Vec HIGH_SUM = Vec.ymm(13);
  private static final Vec LOW_SUM = Vec.ymm(14);
  private static final ByteProducts PRODUCTS =
      new ByteProducts(Vec.ymm(10), Vec.ymm(11), HIGH_SUM, LOW_SUM);
  private static final Vec OFFSETS = Vec.ymm(9);
  private static final Vec NIBBLE = Vec.ymm(15);

  // Constants in memory, behind what a block works in.
  private static final int TOP_BITS_AT = 256;
  private static final int PAIRS_AT = 288;
  private static final int HIGH_FACTOR_AT = 320;

  @Override
  public int bytes() {
    return D_AT + Short.BYTES;
  }

  @Override
  public void constants(Constants constants) {
    constants.bytes(NIBBLE, 0x30);
    constants.store(TOP_BITS_AT, NIBBLE);
    // The first of two shorts for the lower half, the second for the upper one.
    constants.each(NIBBLE, i -> i / 16 * 2 + i % 2);
    constants.store(PAIRS_AT, NIBBLE);
    constants.ints(NIBBLE, Float.floatToRawIntBits(256));
    constants.store(HIGH_FACTOR_AT, NIBBLE);
    constants.bytes(NIBBLE, 0x0F);
  }

  @Override
  public void emitBlock(Assembler a, Mem block, Mem input, Mem scratch) {
    a.op(Simd.VPMOVSXBW, SCALE, block.plus(SCALES_AT));
    a.store(Simd.VMOVUPS_STORE, scratch, SCALE);
    for (int vector = 0; vector < InputBytes.COLUMNS / VECTOR; vector++) {
      codes(a, vector, block, scratch);
      a.op(Simd.VPBROADCASTD, SCALE, scratch.plus(vector * Integer.BYTES));
      a.op(Simd.VPSHUFB, SCALE, SCALE, scratch.plus(PAIRS_AT));
      PRODUCTS.add(a, vector, CODES, SCALE, input);
    }
    addScaled(a, block, input, scratch);
  }

  /** Of each 128 columns the first 64 have low nibbles, the others the high ones of the same. */
  private static void codes(Assembler a, int vector, Mem block, Mem scratch) {
    int half = vector / 4;
    int quarter = vector % 4;
    a.op(Simd.VMOVUPS, CODES, block.plus(half * 64 + quarter % 2 * VECTOR));
    a.op(Simd.VMOVUPS, TOPS, block.plus(TOPS_AT + half * VECTOR));
    if (quarter >= 2) {
      a.vpsrlw(CODES, CODES, 4);
    }
    a.op(Simd.VPANDD, CODES, CODES, NIBBLE);
    switch (quarter) {
      case 0 -> a.vpsllw(TOPS, TOPS, 4);
      case 1 -> a.vpsllw(TOPS, TOPS, 2);
      case 3 -> a.vpsrlw(TOPS, TOPS, 2);
      default -> {} // they are where they belong
    }
    a.op(Simd.VPANDD, TOPS, TOPS, scratch.plus(TOP_BITS_AT));
    a.op(Simd.VPORD, CODES, CODES, TOPS);
  }

  private static void addScaled(Assembler a, Mem block, Mem input, Mem scratch) {
    Vec scales = CODES;
    for (int half = 0; half < 2; half++) {
      a.op(Simd.VPMOVSXBD, scales, block.plus(SCALES_AT + half * 8));
      a.op(Simd.VCVTDQ2PS, scales, scales);
      Mem sums = input.plus(InputBytes.OFFSETS_AT + half * VECTOR);
      if (half == 0) {
        a.op(Simd.VMULPS, OFFSETS, scales, sums);
      } else {
        a.op(Simd.VFMADD231PS, OFFSETS, scales, sums);
      }
    }
    a.op(Simd.VCVTDQ2PS, HIGH_SUM, HIGH_SUM);
    a.op(Simd.VCVTDQ2PS, LOW_SUM, LOW_SUM);
    a.op(Simd.VFMADD231PS, OFFSETS, HIGH_SUM, scratch.plus(HIGH_FACTOR_AT));
    a.op(Simd.VADDPS, OFFSETS, OFFSETS, LOW_SUM);
    a.op(Simd.VPBROADCASTW, SCALE.xmm(), block.plus(D_AT));
    a.op(Simd.VCVTPH2PS, SCALE, SCALE.xmm());
    a.op(Simd.VMULPS, SCALE, SCALE, input.plus(InputBytes.SCALE_AT));
    a.op(Simd.VFMADD231PS, Avx2.ROW, OFFSETS, SCALE);
  }
}
