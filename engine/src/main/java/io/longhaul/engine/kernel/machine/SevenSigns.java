package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.machine.Assembler.Mem;
import io.longhaul.engine.kernel.machine.Assembler.Vec;

/**
 * Signs of eight weights in seven bits, of which IQ2_XXS, IQ2_XS and IQ3_XXS have 32 a block: the
 * number of negative weights is even.
 *
 * @param at where constants are kept, {@link #BYTES} of them
 */
record SevenSigns(int at) {
  static final int BYTES = 5 * 32;

  private static final int FOURTEEN_AT = 0;
  private static final int NEXT_FOURTEEN_AT = 32;
  private static final int SEVEN_AT = 64;
  private static final int NEXT_SEVEN_AT = 96;
  private static final int PARITY_AT = 128;

  void constants(Constants constants, Vec any) {
    constants.ints(any, 0x0000_3FFF);
    constants.store(at + FOURTEEN_AT, any);
    constants.ints(any, 0x3FFF_0000);
    constants.store(at + NEXT_FOURTEEN_AT, any);
    constants.ints(any, 0x007F_007F);
    constants.store(at + SEVEN_AT, any);
    constants.ints(any, 0x7F00_7F00);
    constants.store(at + NEXT_SEVEN_AT, any);
    constants.each(any, i -> Integer.bitCount(i % 16) % 2 << 7);
    constants.store(at + PARITY_AT, any);
  }

  /** Of each int the low 28 bits to four bytes of seven. */
  void spread(Assembler a, Vec signs, Vec any, Mem scratch) {
    Mem constants = scratch.plus(at);
    a.vpslld(any, signs, 2);
    a.op(Simd.VPANDD, any, any, constants.plus(NEXT_FOURTEEN_AT));
    a.op(Simd.VPANDD, signs, signs, constants.plus(FOURTEEN_AT));
    a.op(Simd.VPORD, signs, signs, any);
    a.vpslld(any, signs, 1);
    a.op(Simd.VPANDD, any, any, constants.plus(NEXT_SEVEN_AT));
    a.op(Simd.VPANDD, signs, signs, constants.plus(SEVEN_AT));
    a.op(Simd.VPORD, signs, signs, any);
  }

  /** Adds to each byte of seven bits the eighth, which makes the number of ones even. */
  void complete(Assembler a, Vec signs, Vec any, Vec parity, Mem scratch, Vec nibbles) {
    a.vpsrlw(any, signs, 4);
    a.op(Simd.VPXORD, any, any, signs);
    a.op(Simd.VPANDD, any, any, nibbles);
    a.op(Simd.VMOVUPS, parity, scratch.plus(at + PARITY_AT));
    a.op(Simd.VPSHUFB, parity, parity, any);
    a.op(Simd.VPORD, signs, signs, parity);
  }
}
