package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.machine.Assembler.Mem;
import io.longhaul.engine.kernel.machine.Assembler.Vec;
import java.util.List;

/**
 * Q4_K and Q5_K: d, dmin, eight scales and eight minima of six bits, for Q5_K 32 bytes of fifth
 * bits, and 128 bytes with the codes of 32 columns low and of the next 32 columns high; the layout
 * is described at the scalar decoders.
 *
 * <p>Products of codes and input are shorts; they are multiplied with the scales of their 32
 * columns in the instruction that widens them to ints.
 */
record KAvx2Products(boolean fifths) implements ByteStep {
  /** Of a step: the scales of the second are ready when the products of the first are done. */
  private static final int BLOCKS = 2;

  private static final int FIFTHS_AT = 16;
  private static final int VECTOR = 32;
  private static final int CHUNKS = 4;

  private static final Vec CODES = Vec.ymm(8);
  private static final Vec PART = Vec.ymm(9);
  private static final Vec SCALE = Vec.ymm(12);
  private static final Vec FIFTH = SCALE;
  private static final ByteProducts PRODUCTS =
      new ByteProducts(Vec.ymm(10), Vec.ymm(11), Vec.ymm(13), Vec.ymm(14));
  private static final Vec NIBBLE = Vec.ymm(15);

  // Of a block's memory to work in.
  private static final int SCALES_AT = 0;
  private static final int MINIMA_AT = 32;
  private static final int WORK_BYTES = 64;

  // Constants in memory, behind what blocks work in.
  private static final int FIFTH_BIT_AT = 256;
  private static final int SIX_BITS_AT = 288;
  private static final int NIBBLES_AT = 320;
  private static final int TOP_BITS_AT = 352;
  private static final int SHIFTS_AT = 384;

  static CodedStep q4() {
    return new KAvx2Products(false);
  }

  static CodedStep q5() {
    return new KAvx2Products(true);
  }

  @Override
  public int blocks() {
    return BLOCKS;
  }

  @Override
  public int groups() {
    return BLOCKS;
  }

  @Override
  public int bytes() {
    return BLOCKS * blockBytes();
  }

  private int blockBytes() {
    return codesAt() + CHUNKS * VECTOR;
  }

  private int codesAt() {
    return FIFTHS_AT + (fifths ? VECTOR : 0);
  }

  @Override
  public void constants(Constants constants) {
    constants.bytes(NIBBLE, 0x10);
    constants.store(FIFTH_BIT_AT, NIBBLE);
    constants.bytes(NIBBLE, 0x3F);
    constants.store(SIX_BITS_AT, NIBBLE);
    constants.bytes(NIBBLE, 0x30);
    constants.store(TOP_BITS_AT, NIBBLE);
    constants.ints(NIBBLE, lane -> lane % 2 * 4);
    constants.store(SHIFTS_AT, NIBBLE);
    constants.bytes(NIBBLE, 0x0F);
    constants.store(NIBBLES_AT, NIBBLE);
  }

  @Override
  public void emit(Assembler a, List<Mem> rows, Mem input, Mem scratch) {
    emitEnd(a, rows, input, scratch, BLOCKS);
  }

  @Override
  public void emitEnd(Assembler a, List<Mem> rows, Mem input, Mem scratch, int blocks) {
    for (int b = 0; b < blocks; b++) {
      scales(a, rows.getFirst().plus(b * blockBytes()), scratch.plus(b * WORK_BYTES), scratch);
    }
    for (int b = 0; b < blocks; b++) {
      Mem block = rows.getFirst().plus(b * blockBytes());
      products(a, block, input.plus(b * input().bytes()), scratch.plus(b * WORK_BYTES), scratch);
    }
  }

  private void products(Assembler a, Mem block, Mem input, Mem work, Mem scratch) {
    for (int chunk = 0; chunk < CHUNKS; chunk++) {
      a.op(Simd.VMOVUPS, CODES, block.plus(codesAt() + chunk * VECTOR));
      a.op(Simd.VPANDD, PART, CODES, NIBBLE);
      multiply(a, 2 * chunk, block, input, work, scratch);
      a.vpsrlw(PART, CODES, 4);
      a.op(Simd.VPANDD, PART, PART, NIBBLE);
      multiply(a, 2 * chunk + 1, block, input, work, scratch);
    }
    addScaled(a, block, input, work);
  }

  /** Leaves eight scales as shorts and eight minima as bytes in memory, four by four. */
  private static void scales(Assembler a, Mem block, Mem work, Mem scratch) {
    Vec packed = CODES.xmm();
    Vec late = PART.xmm();
    Vec tops = SCALE.xmm();
    // Blocks 0 to 3: six bits of the first four bytes, and of the second.
    a.op(Simd.VMOVUPS, packed, block);
    a.op(Simd.VPSHUFD, packed, packed, 0b11_11_10_01);
    // Blocks 4 to 7: four bits of the last bytes, two more at the top of the first ones.
    a.op(Simd.VPSHUFD, late, packed, 0b10_10_10_10);
    a.op(Simd.VPSRLVD, late, late, scratch.plus(SHIFTS_AT));
    a.op(Simd.VPANDD, late, late, scratch.plus(NIBBLES_AT));
    a.vpsrld(tops, packed, 2);
    a.op(Simd.VPANDD, tops, tops, scratch.plus(TOP_BITS_AT));
    a.op(Simd.VPORD, late, late, tops);
    a.op(Simd.VPANDD, packed, packed, scratch.plus(SIX_BITS_AT));
    a.op(Simd.VUNPCKLPD, packed, packed, late);
    a.store(Simd.VMOVUPS_STORE, work.plus(MINIMA_AT), packed);
    a.op(Simd.VPMOVZXBW, CODES, packed);
    a.store(Simd.VMOVUPS_STORE, work.plus(SCALES_AT), CODES);
  }

  private void multiply(Assembler a, int block, Mem row, Mem input, Mem work, Mem scratch) {
    if (fifths) {
      a.op(Simd.VMOVUPS, FIFTH, row.plus(FIFTHS_AT));
      if (block < 4) {
        a.vpsllw(FIFTH, FIFTH, 4 - block);
      } else if (block > 4) {
        a.vpsrlw(FIFTH, FIFTH, block - 4);
      }
      a.op(Simd.VPANDD, FIFTH, FIFTH, scratch.plus(FIFTH_BIT_AT));
      a.op(Simd.VPORD, PART, PART, FIFTH);
    }
    int scale = SCALES_AT + InputBytes.scaleLane(block) * Short.BYTES;
    a.op(Simd.VPBROADCASTW, SCALE, work.plus(scale));
    PRODUCTS.add(a, block, PART, SCALE, input);
  }

  private static void addScaled(Assembler a, Mem block, Mem input, Mem work) {
    Vec sum = PRODUCTS.finish(a);
    Vec factors = CODES;
    Vec minima = PART;
    Vec factor = SCALE;
    a.op(Simd.VPBROADCASTD, factors.xmm(), block);
    a.op(Simd.VCVTPH2PS, factors, factors.xmm());
    a.op(Simd.VMULPS, factors, factors, input.plus(InputBytes.SCALE_AT));
    a.op(Simd.VCVTDQ2PS, sum, sum);
    a.op(Simd.VPSHUFD, factor, factors, 0b10_10_00_00);
    a.op(Simd.VFMADD231PS, Avx2.ROW, sum, factor);
    Mem sums = input.plus(InputBytes.MINIMA_AT);
    ByteProducts.minima(a, sum, minima, work.plus(MINIMA_AT), sums);
    a.op(Simd.VPSHUFD, factor, factors, 0b11_11_01_01);
    a.op(Simd.VFMADD231PS, Avx2.ROW, sum, factor);
  }
}
