package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.machine.Assembler.Mem;
import io.longhaul.engine.kernel.machine.Assembler.Vec;

/**
 * What begins a block of Q4_K and of Q5_K: d, dmin and eight scales and minima of six bits; the
 * layout is described at the scalar decoders.
 */
final class SixBitScales {
  private static final int D = 0;
  private static final int PACKED = 4;

  /** Groups from this one on have the upper two bits of their numbers elsewhere. */
  private static final int SPLIT = 4;

  private static final int GROUP = 2 * Float.BYTES;

  private static final Vec FACTORS = new Vec(8);
  private static final Vec CODES = new Vec(9);
  private static final Vec TOPS = new Vec(10);

  // Lane 2 · group is of the group's scale, the next one of its minimum.

  /** Which byte a number or its low part is in. */
  private static final Vec PLACES = new Vec(31);

  /** Which byte its upper bits are in. */
  private static final Vec TOP_PLACES = new Vec(30);

  private static final Vec SHIFTS = new Vec(29);
  private static final Vec BITS = new Vec(28);
  private static final Vec TOP_BITS = new Vec(27);

  private SixBitScales() {}

  /** Leaves registers up to 26 free. */
  static void constants(Constants constants) {
    constants.ints(PLACES, lane -> group(lane) < SPLIT ? byteOf(lane) : 4 + group(lane));
    constants.ints(TOP_PLACES, lane -> group(lane) < SPLIT ? 0 : byteOf(lane) - SPLIT);
    constants.ints(SHIFTS, lane -> group(lane) < SPLIT ? 0 : lane % 2 * 4);
    constants.ints(BITS, lane -> group(lane) < SPLIT ? 0x3F : 0x0F);
    constants.ints(TOP_BITS, lane -> group(lane) < SPLIT ? 0 : 0x30);
  }

  private static int group(int lane) {
    return lane / 2;
  }

  /** Scales have bytes 0 to 3, minima 4 to 7. */
  private static int byteOf(int lane) {
    return group(lane) + lane % 2 * 4;
  }

  /** Leaves d·scale and dmin·minimum of all groups in memory; takes registers 8 to 10. */
  static void unpack(Assembler a, Mem block, Mem to) {
    a.op(Simd.VPBROADCASTD, FACTORS.ymm(), block.plus(D));
    a.op(Simd.VCVTPH2PS, FACTORS, FACTORS.ymm());
    a.op(Simd.VPMOVZXBD, CODES, block.plus(PACKED));
    a.op(Simd.VPERMD, TOPS, TOP_PLACES, CODES);
    a.op(Simd.VPERMD, CODES, PLACES, CODES);
    a.op(Simd.VPSRLVD, CODES, CODES, SHIFTS);
    a.vpsrld(TOPS, TOPS, 2);
    a.op(Simd.VPANDD, CODES, CODES, BITS);
    a.op(Simd.VPTERNLOGD, CODES, TOPS, TOP_BITS, RowStep.OR_MASKED);
    a.op(Simd.VCVTDQ2PS, CODES, CODES);
    a.op(Simd.VMULPS, CODES, CODES, FACTORS);
    a.store(Simd.VMOVUPS_STORE, to, CODES);
  }

  static Mem scale(Mem unpacked, int group) {
    return unpacked.plus(group * GROUP).toAll();
  }

  /** To be subtracted. */
  static Mem minimum(Mem unpacked, int group) {
    return unpacked.plus(group * GROUP + Float.BYTES).toAll();
  }
}
