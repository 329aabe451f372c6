package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.Codebooks;
import io.longhaul.engine.kernel.machine.Assembler.Mem;
import io.longhaul.engine.kernel.machine.Assembler.Vec;

/**
 * IQ4_XS: d, two bytes of upper bits and four of lower bits of scales, and eight times sixteen
 * bytes of codes; the layout is described at the scalar decoders.
 *
 * <p>The magnitudes of what the codes stand for meet the input with their signs. Sums stay within
 * the ints, each by itself: a lane gets 32 columns, of at most 127 · 128 · 32 each.
 */
final class Iq4XsAvx2Products implements BlockStep {
  private static final int TOPS_AT = 2;
  private static final int LOWS_AT = 4;
  private static final int CODES_AT = 8;
  private static final int GROUP = 16;
  private static final int GROUPS = 8;

  private static final Vec CODES = Vec.ymm(8);
  private static final Vec NEGATIVE = Vec.ymm(9);
  private static final Vec SCALE = Vec.ymm(12);
  private static final Vec HIGH_SUM = Vec.ymm(13);
  private static final Vec LOW_SUM = Vec.ymm(14);
  private static final ByteProducts PRODUCTS =
      new ByteProducts(Vec.ymm(10), Vec.ymm(11), HIGH_SUM, LOW_SUM);
  private static final Vec NIBBLES = Vec.ymm(1);
  private static final Vec HALF_SHIFTS = Vec.ymm(2);
  private static final Vec SIGNS = Vec.ymm(3);
  private static final Vec MAGNITUDES = Vec.ymm(15);

  // Constants in memory, behind what a block works in.
  private static final int TOP_FACTORS_AT = 352;
  private static final int TOP_BITS_AT = 384;
  private static final int SCALE_OFFSET_AT = 416;
  private static final int HIGH_FACTOR_AT = 448;

  @Override
  public int bytes() {
    return CODES_AT + GROUPS * GROUP;
  }

  @Override
  public void constants(Constants constants) {
    Vec any = MAGNITUDES;
    constants.bytes(NIBBLES, 0x0F);
    constants.ints(HALF_SHIFTS, i -> i / 4 * 4);
    constants.each(SIGNS, i -> Codebooks.iq4()[i % 16] >> 7);
    // Scale i has its upper bits at 2 · i of sixteen: to the top, which is bits 14 and 15.
    constants.each(any, i -> 1 << (14 - i / 2 % 8 * 2) >> (i % 2 * 8));
    constants.store(TOP_FACTORS_AT, any);
    constants.ints(any, 0x0030_0030);
    constants.store(TOP_BITS_AT, any);
    constants.ints(any, 0x0020_0020);
    constants.store(SCALE_OFFSET_AT, any);
    constants.ints(any, Float.floatToRawIntBits(256));
    constants.store(HIGH_FACTOR_AT, any);
    constants.each(MAGNITUDES, i -> Math.abs(Codebooks.iq4()[i % 16]));
  }

  @Override
  public void emitBlock(Assembler a, Mem block, Mem input, Mem scratch) {
    scales(a, block, scratch);
    for (int group = 0; group < GROUPS; group++) {
      // Low nibbles are the first sixteen columns.
      a.op(Simd.VBROADCASTI32X4, CODES, block.plus(CODES_AT + group * GROUP));
      a.op(Simd.VPSRLVD, CODES, CODES, HALF_SHIFTS);
      a.op(Simd.VPANDD, CODES, CODES, NIBBLES);
      a.op(Simd.VPSHUFB, NEGATIVE, SIGNS, CODES);
      a.op(Simd.VPSHUFB, CODES, MAGNITUDES, CODES);
      a.op(Simd.VPBROADCASTW, SCALE, scratch.plus(group * Short.BYTES));
      PRODUCTS.addSigned(a, group, CODES, NEGATIVE, SCALE, input);
    }
    addScaled(a, block, input, scratch);
  }

  /** Leaves eight scales as shorts in memory. */
  private static void scales(Assembler a, Mem block, Mem scratch) {
    Vec scales = CODES.xmm();
    Vec other = NEGATIVE.xmm();
    a.op(Simd.VMOVSS, scales, block.plus(LOWS_AT));
    a.vpsrlw(other, scales, 4);
    a.op(Simd.VPUNPCKLBW, scales, scales, other);
    a.op(Simd.VPANDD, scales, scales, NIBBLES.xmm());
    a.op(Simd.VPMOVZXBW, scales, scales);
    a.op(Simd.VPBROADCASTW, other, block.plus(TOPS_AT));
    a.op(Simd.VPMULLW, other, other, scratch.plus(TOP_FACTORS_AT));
    a.vpsrlw(other, other, 10);
    a.op(Simd.VPANDD, other, other, scratch.plus(TOP_BITS_AT));
    a.op(Simd.VPORD, scales, scales, other);
    a.op(Simd.VPSUBW, scales, scales, scratch.plus(SCALE_OFFSET_AT));
    a.store(Simd.VMOVUPS_STORE, scratch, scales);
  }

  private static void addScaled(Assembler a, Mem block, Mem input, Mem scratch) {
    a.op(Simd.VCVTDQ2PS, HIGH_SUM, HIGH_SUM);
    a.op(Simd.VCVTDQ2PS, LOW_SUM, LOW_SUM);
    a.op(Simd.VFMADD231PS, LOW_SUM, HIGH_SUM, scratch.plus(HIGH_FACTOR_AT));
    a.op(Simd.VPBROADCASTW, SCALE.xmm(), block);
    a.op(Simd.VCVTPH2PS, SCALE, SCALE.xmm());
    a.op(Simd.VMULPS, SCALE, SCALE, input.plus(InputBytes.SCALE_AT));
    a.op(Simd.VFMADD231PS, Avx2.ROW, LOW_SUM, SCALE);
  }
}
