package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.machine.Assembler.Gp;
import io.longhaul.engine.kernel.machine.Assembler.Mem;
import io.longhaul.engine.kernel.machine.Assembler.Vec;
import io.longhaul.engine.tensor.TensorType;

/**
 * IQ1_S and IQ1_M: 32 points of eight numbers -1, 0 and 1, shifted up or down by an eighth; the
 * layouts are described at the scalar decoders.
 *
 * <p>Codes are eighths: the table has 0, 8 and 16, and 2 is added for those that are shifted up.
 * They are greater by {@link #OFFSET} than the weights.
 */
final class Grid1Avx2Products extends GridAvx2Products {
  private static final int OFFSET = 9;

  // Of IQ1_S.
  private static final int S_INDICES = 2;
  private static final int S_WORDS = 34;

  // Of IQ1_M.
  private static final int M_INDICES = 0;
  private static final int M_TOPS = 32;
  private static final int M_WORDS = 48;

  // Constants.
  private static final int PLACES_AT = OWN_AT;
  private static final int TO_TOP_AT = OWN_AT + VECTOR;
  private static final int INDEX_TOPS_AT = OWN_AT + 2 * VECTOR;
  private static final int THREE_BITS_AT = OWN_AT + 3 * VECTOR;
  private static final int TWOS_AT = OWN_AT + 4 * VECTOR;
  private static final int PER_OFFSET_AT = OWN_AT + 5 * VECTOR;
  private static final int SCALE_DIGITS_AT = OWN_AT + 6 * VECTOR;

  private static final int OTHER_PAIR = 0b01;

  private final boolean medium;

  Grid1Avx2Products(TensorType type) {
    super(type, 1 / 8f);
    this.medium = type == TensorType.IQ1_M;
  }

  @Override
  int pointBytes() {
    return 8;
  }

  @Override
  public void constants(Constants constants) {
    super.constants(constants);
    // Four shorts of one word, each of which takes other three bits to the top.
    constants.each(CODES, i -> i / 8 * 2 + i % 2);
    constants.store(PLACES_AT, CODES);
    constants.each(CODES, i -> 1 << (13 - i / 2 % 4 * 3) >> (i % 2 * 8));
    constants.store(TO_TOP_AT, CODES);
    constants.ints(CODES, 0x0700_0700);
    constants.store(INDEX_TOPS_AT, CODES);
    constants.ints(CODES, medium ? 0x0707_0707 : 0x0007_0007);
    constants.store(THREE_BITS_AT, CODES);
    constants.bytes(CODES, 2);
    constants.store(TWOS_AT, CODES);
    // IQ1_S has the sums of 32 columns, not yet multiplied.
    constants.ints(
        CODES,
        Float.floatToRawIntBits(medium ? (float) OFFSET / InputBytes.OFFSET : (float) OFFSET));
    constants.store(PER_OFFSET_AT, CODES);
    constants.each(CODES, i -> 1 << (i / 2 % 4 * 4) >> (i % 2 * 8));
    constants.store(SCALE_DIGITS_AT, CODES);
  }

  @Override
  void unpack(Assembler a, Mem block, Mem scratch) {
    if (medium) {
      unpackM(a, block, scratch);
    } else {
      unpackS(a, block, scratch);
    }
  }

  /** Sixteen fields of three bits from four words, the highest at bit 15. */
  private static void fieldsAtTop(Assembler a, Vec to, Mem words, Mem scratch) {
    a.op(Simd.VPBROADCASTQ, to, words);
    a.op(Simd.VPSHUFB, to, to, scratch.plus(PLACES_AT));
    a.op(Simd.VPMULLW, to, to, scratch.plus(TO_TOP_AT));
  }

  private static void unpackS(Assembler a, Mem block, Mem scratch) {
    for (int half = 0; half < 2; half++) {
      fieldsAtTop(a, OTHER, block.plus(S_WORDS + half * 8), scratch);
      a.vpsrlw(OTHER, OTHER, 5);
      a.op(Simd.VPANDD, OTHER, OTHER, scratch.plus(INDEX_TOPS_AT));
      a.op(Simd.VPMOVZXBW, CODES, block.plus(S_INDICES + half * 16));
      a.op(Simd.VPORD, CODES, CODES, OTHER);
      a.store(Simd.VMOVUPS_STORE, scratch.plus(INDICES_AT + half * VECTOR), CODES);
    }
    Vec words = NEGATIVE.xmm();
    Vec other = OTHER.xmm();
    a.op(Simd.VMOVUPS, words, block.plus(S_WORDS));
    a.vpsraw(other, words, 15);
    a.op(Simd.VPANDD, other, other, scratch.plus(TWOS_AT));
    a.op(Simd.VPXORD, other, other, scratch.plus(TWOS_AT));
    a.store(Simd.VMOVUPS_STORE, scratch.plus(BYTES_AT), other);
    a.vpsrlw(words, words, 12);
    a.op(Simd.VPANDD, words, words, scratch.plus(THREE_BITS_AT));
    storeOdd(a, words, scratch);
  }

  private static void unpackM(Assembler a, Mem block, Mem scratch) {
    // A byte for each point.
    a.op(Simd.VMOVUPS, CODES.xmm(), block.plus(M_TOPS));
    a.vpsrlw(OTHER.xmm(), CODES.xmm(), 4);
    a.op(Simd.VPUNPCKHBW, NEGATIVE.xmm(), CODES.xmm(), OTHER.xmm());
    a.op(Simd.VPUNPCKLBW, CODES.xmm(), CODES.xmm(), OTHER.xmm());
    a.op(Simd.VINSERTF32X4, CODES, CODES, NEGATIVE.xmm(), 1);
    // Bit 3 says that it is shifted down: two places on it is what is not added.
    a.vpsrlw(OTHER, CODES, 2);
    a.op(Simd.VPANDD, OTHER, OTHER, scratch.plus(TWOS_AT));
    a.op(Simd.VPXORD, OTHER, OTHER, scratch.plus(TWOS_AT));
    a.store(Simd.VMOVUPS_STORE, scratch.plus(BYTES_AT), OTHER);
    a.op(Simd.VPANDD, CODES, CODES, scratch.plus(THREE_BITS_AT));
    a.op(Simd.VMOVUPS, OTHER, block.plus(M_INDICES));
    a.op(Simd.VPUNPCKLBW, NEGATIVE, OTHER, CODES);
    a.op(Simd.VPUNPCKHBW, OTHER, OTHER, CODES);
    a.store(Simd.VMOVUPS_STORE, scratch.plus(INDICES_AT), NEGATIVE);
    a.store(Simd.VMOVUPS_STORE, scratch.plus(INDICES_AT + VECTOR), OTHER);
    fieldsAtTop(a, OTHER, block.plus(M_WORDS), scratch);
    a.vpsrlw(OTHER, OTHER, 13);
    storeOdd(a, OTHER, scratch);
  }

  @Override
  void index(Assembler a, Gp to, int group, int point, Mem block, Mem scratch) {
    int p = group * 4 + point;
    // IQ1_M's have been combined half by half: points 0 to 7 and 16 to 23 come first.
    int place = medium ? p % 8 + p / 16 * 8 + p / 8 % 2 * 16 : p;
    a.movzxShort(to, scratch.plus(INDICES_AT + place * Short.BYTES));
  }

  @Override
  void complete(Assembler a, int group, Mem block, Mem scratch) {
    Vec shifts = NEGATIVE;
    if (medium) {
      spreadBytes(a, shifts, scratch.plus(BYTES_AT + group * 4));
    } else {
      a.op(Simd.VPBROADCASTW, shifts, scratch.plus(BYTES_AT + group * Short.BYTES));
    }
    a.op(Simd.VPORD, CODES, CODES, shifts);
  }

  @Override
  int scaleAt(int group) {
    return SCALES_AT + group * (medium ? Integer.BYTES : Short.BYTES);
  }

  @Override
  boolean hasPairs() {
    return medium;
  }

  @Override
  int offset() {
    return OFFSET;
  }

  @Override
  void addOffsets(Assembler a, Vec sum, Mem input, Mem scratch) {
    Vec offsets = OTHER;
    Mem scales = scratch.plus(SCALES_AT);
    if (medium) {
      ByteProducts.offsets(a, offsets, CODES, scales, input);
    } else {
      Mem minima = input.plus(InputBytes.MINIMA_AT);
      a.op(Simd.VMOVUPS, CODES.xmm(), minima.plus(InputBytes.minimumLane(0) * Float.BYTES));
      Mem rest = minima.plus(InputBytes.minimumLane(4) * Float.BYTES);
      a.op(Simd.VINSERTF32X4, CODES, CODES, rest, 1);
      a.op(Simd.VPMOVZXWD, offsets, scales);
      a.op(Simd.VCVTDQ2PS, offsets, offsets);
      a.op(Simd.VMULPS, offsets, offsets, CODES);
    }
    a.op(Simd.VFMADD231PS, sum, offsets, scratch.plus(PER_OFFSET_AT));
  }

  @Override
  void scale(Assembler a, Vec to, Mem block, Mem scratch) {
    if (!medium) {
      super.scale(a, to, block, scratch);
      return;
    }
    // Four bits of each word, the lowest first.
    a.op(Simd.VMOVSD, to.xmm(), block.plus(M_WORDS));
    a.vpsrlw(to.xmm(), to.xmm(), 12);
    a.op(Simd.VPMADDWD, to.xmm(), to.xmm(), scratch.plus(SCALE_DIGITS_AT));
    a.op(Simd.VPSHUFD, OTHER.xmm(), to.xmm(), OTHER_PAIR);
    a.op(Simd.VPADDD, to.xmm(), to.xmm(), OTHER.xmm());
    a.op(Simd.VPBROADCASTW, to.xmm(), to.xmm());
    a.op(Simd.VCVTPH2PS, to, to.xmm());
  }
}
