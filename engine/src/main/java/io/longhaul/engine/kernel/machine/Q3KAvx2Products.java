package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.machine.Assembler.Mem;
import io.longhaul.engine.kernel.machine.Assembler.Vec;

/**
 * Q3_K: 32 bytes of third bits, 64 with codes of two bits, twelve with scales of six, and d; the
 * layout is described at the scalar decoders. Codes are the weights plus 4. Sums stay within the
 * ints: a lane gets 32 columns, of at most 7 · 32 · {@link InputBytes#LARGEST} each.
 */
final class Q3KAvx2Products implements BlockStep {
  private static final int CODES_AT = 32;
  private static final int D_AT = 108;
  private static final int VECTOR = 32;

  /** What codes are greater by than weights. */
  private static final int OFFSET = 4;

  /** Sixteen bytes that end with the block: two codes, the scales, d. */
  private static final int END_AT = D_AT + Short.BYTES - 16;

  private static final int SCALES_IN_END = 2;
  private static final int TOPS_IN_END = SCALES_IN_END + 8;

  private static final Vec CODES = Vec.ymm(8);
  private static final Vec PART = Vec.ymm(9);
  private static final Vec SCALE = Vec.ymm(12);
  private static final Vec THIRDS = SCALE;
  private static final ByteProducts PRODUCTS =
      new ByteProducts(Vec.ymm(10), Vec.ymm(11), Vec.ymm(13), Vec.ymm(14));
  private static final Vec THIRD_BIT = Vec.ymm(2);
  private static final Vec PAIRS = Vec.ymm(1);
  private static final Vec THREE = Vec.ymm(15);

  // Constants in memory, behind what a block works in.
  private static final int NIBBLES_AT = 256;
  private static final int PER_OFFSET_AT = 320;
  private static final int LOW_PLACES_AT = 384;
  private static final int LOW_SHIFTS_AT = 416;
  private static final int TOP_PLACES_AT = 448;
  private static final int TOP_SHIFTS_AT = 480;
  private static final int SCALE_OFFSET_AT = 512;

  @Override
  public int bytes() {
    return D_AT + Short.BYTES;
  }

  @Override
  public void constants(Constants constants) {
    constants.bytes(THREE, 0x0F);
    constants.store(NIBBLES_AT, THREE);
    ByteProducts.pairs(constants, PAIRS);
    constants.ints(THREE, Float.floatToRawIntBits((float) OFFSET / InputBytes.OFFSET));
    constants.store(PER_OFFSET_AT, THREE);
    constants.bytes(THIRD_BIT, 4);
    // Scale i has its low bits in byte i % 8, its top ones in byte i % 4 of those; ints of four.
    constants.each(THREE, i -> SCALES_IN_END + i % 8);
    constants.store(LOW_PLACES_AT, THREE);
    constants.ints(THREE, four -> four / 2 * 4);
    constants.store(LOW_SHIFTS_AT, THREE);
    constants.each(THREE, i -> TOPS_IN_END + i % 4);
    constants.store(TOP_PLACES_AT, THREE);
    constants.ints(THREE, four -> four * 2);
    constants.store(TOP_SHIFTS_AT, THREE);
    constants.bytes(THREE, 32);
    constants.store(SCALE_OFFSET_AT, THREE);
    constants.bytes(THREE, 3);
  }

  @Override
  public void emitBlock(Assembler a, Mem block, Mem input, Mem scratch) {
    scales(a, block, scratch);
    for (int vector = 0; vector < InputBytes.COLUMNS / VECTOR; vector++) {
      unpack(a, vector, block);
      Mem pair = scratch.plus(vector * Integer.BYTES);
      ByteProducts.loadPair(a, SCALE, pair, PAIRS);
      PRODUCTS.add(a, vector, PART, SCALE, input);
    }
    addScaled(a, block, input, scratch);
  }

  /** Leaves sixteen scales as shorts in memory. */
  private static void scales(Assembler a, Mem block, Mem scratch) {
    Vec lows = CODES.xmm();
    Vec tops = PART.xmm();
    a.op(Simd.VMOVUPS, lows, block.plus(END_AT));
    a.op(Simd.VPSHUFB, tops, lows, scratch.plus(TOP_PLACES_AT));
    a.op(Simd.VPSHUFB, lows, lows, scratch.plus(LOW_PLACES_AT));
    a.op(Simd.VPSRLVD, lows, lows, scratch.plus(LOW_SHIFTS_AT));
    a.op(Simd.VPSRLVD, tops, tops, scratch.plus(TOP_SHIFTS_AT));
    a.op(Simd.VPANDD, lows, lows, scratch.plus(NIBBLES_AT));
    a.op(Simd.VPANDD, tops, tops, THREE.xmm());
    a.vpslld(tops, tops, 4);
    a.op(Simd.VPORD, lows, lows, tops);
    a.op(Simd.VPSUBB, lows, lows, scratch.plus(SCALE_OFFSET_AT));
    a.op(Simd.VPMOVSXBW, CODES, lows);
    a.store(Simd.VMOVUPS_STORE, scratch, CODES);
  }

  private static void unpack(Assembler a, int vector, Mem block) {
    BlockStep.twoBits(a, vector, PART, CODES, block.plus(CODES_AT), THREE);
    a.op(Simd.VMOVUPS, THIRDS, block);
    if (vector < 2) {
      a.vpsllw(THIRDS, THIRDS, 2 - vector);
    } else if (vector > 2) {
      a.vpsrlw(THIRDS, THIRDS, vector - 2);
    }
    a.op(Simd.VPANDD, THIRDS, THIRDS, THIRD_BIT);
    a.op(Simd.VPORD, PART, PART, THIRDS);
  }

  private static void addScaled(Assembler a, Mem block, Mem input, Mem scratch) {
    Vec sum = PRODUCTS.finish(a);
    Vec offsets = PART;
    a.op(Simd.VCVTDQ2PS, sum, sum);
    ByteProducts.offsets(a, offsets, CODES, scratch, input);
    a.op(Simd.VFMADD231PS, sum, offsets, scratch.plus(PER_OFFSET_AT));
    a.op(Simd.VPBROADCASTW, SCALE.xmm(), block.plus(D_AT));
    a.op(Simd.VCVTPH2PS, SCALE, SCALE.xmm());
    a.op(Simd.VMULPS, SCALE, SCALE, input.plus(InputBytes.SCALE_AT));
    a.op(Simd.VFMADD231PS, Avx2.ROW, sum, SCALE);
  }
}
