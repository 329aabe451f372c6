package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.machine.Assembler.Gp;
import io.longhaul.engine.kernel.machine.Assembler.Mem;
import io.longhaul.engine.tensor.TensorType;

/**
 * IQ2_XXS, IQ2_XS and IQ2_S: 32 points of eight magnitudes; the layouts are described at the scalar
 * decoders.
 */
final class Grid2Avx2Products extends GridAvx2Products {
  /** Behind the scale: of IQ2_XXS four indices and a word eight times, of the others indices. */
  private static final int INDICES = 2;

  // Of IQ2_XS.
  private static final int XS_SCALES = 66;

  // Of IQ2_S.
  private static final int SIGNS = 34;
  private static final int TOPS = 66;
  private static final int S_SCALES = 74;

  private static final SevenSigns SEVEN_SIGNS = new SevenSigns(OWN_AT);
  private static final int SCALE_ONES_AT = OWN_AT + SevenSigns.BYTES;
  private static final int INDEX_BITS_AT = SCALE_ONES_AT;
  private static final int TOP_PLACES_AT = OWN_AT;
  private static final int TOP_FACTORS_AT = OWN_AT + VECTOR;
  private static final int TOP_BITS_AT = OWN_AT + 2 * VECTOR;

  private static final int ODD_LANES = 0b11_01_11_01;

  Grid2Avx2Products(TensorType type) {
    super(type, 1 / 8f);
  }

  @Override
  int pointBytes() {
    return 8;
  }

  @Override
  public void constants(Constants constants) {
    super.constants(constants);
    switch (type()) {
      case IQ2_XXS -> {
        SEVEN_SIGNS.constants(constants, CODES);
        constants.ints(CODES, 1);
        constants.store(SCALE_ONES_AT, CODES);
      }
      case IQ2_XS -> {
        SEVEN_SIGNS.constants(constants, CODES);
        constants.ints(CODES, 0x01FF_01FF);
        constants.store(INDEX_BITS_AT, CODES);
      }
      default -> {
        // Sixteen shorts: four have the same byte, of which each takes other bits to 8 and 9.
        constants.each(CODES, i -> i / 8);
        constants.store(TOP_PLACES_AT, CODES);
        constants.each(CODES, i -> 256 >> (i / 2 % 4 * 2) >> (i % 2 * 8));
        constants.store(TOP_FACTORS_AT, CODES);
        constants.ints(CODES, 0x0300_0300);
        constants.store(TOP_BITS_AT, CODES);
      }
    }
  }

  @Override
  void unpack(Assembler a, Mem block, Mem scratch) {
    switch (type()) {
      case IQ2_XXS -> unpackXxs(a, block, scratch);
      case IQ2_XS -> unpackXs(a, block, scratch);
      default -> unpackS(a, block, scratch);
    }
  }

  private static void unpackXxs(Assembler a, Mem block, Mem scratch) {
    a.op(Simd.VMOVUPS, CODES, block.plus(INDICES));
    a.op(Simd.VSHUFPS, CODES, CODES, block.plus(INDICES + VECTOR), ODD_LANES);
    unpackWords(a, SEVEN_SIGNS, scratch.plus(SCALE_ONES_AT), scratch);
  }

  private static void unpackXs(Assembler a, Mem block, Mem scratch) {
    a.op(Simd.VMOVUPS, CODES, block.plus(INDICES));
    a.op(Simd.VMOVUPS, NEGATIVE, block.plus(INDICES + VECTOR));
    a.op(Simd.VPANDD, OTHER, CODES, scratch.plus(INDEX_BITS_AT));
    a.store(Simd.VMOVUPS_STORE, scratch.plus(INDICES_AT), OTHER);
    a.op(Simd.VPANDD, OTHER, NEGATIVE, scratch.plus(INDEX_BITS_AT));
    a.store(Simd.VMOVUPS_STORE, scratch.plus(INDICES_AT + VECTOR), OTHER);
    a.vpsrlw(CODES, CODES, 9);
    a.vpsrlw(NEGATIVE, NEGATIVE, 9);
    a.op(Simd.VPACKSSWB, CODES, CODES, NEGATIVE);
    SEVEN_SIGNS.complete(a, CODES, OTHER, SCALE, scratch, NIBBLES);
    a.store(Simd.VMOVUPS_STORE, scratch.plus(BYTES_AT), CODES);
    unpackNibbleScales(a, 8, block.plus(XS_SCALES), scratch);
  }

  private static void unpackS(Assembler a, Mem block, Mem scratch) {
    for (int half = 0; half < 2; half++) {
      a.op(Simd.VPBROADCASTD, OTHER, block.plus(TOPS + half * 4));
      a.op(Simd.VPSHUFB, OTHER, OTHER, scratch.plus(TOP_PLACES_AT));
      a.op(Simd.VPMULLW, OTHER, OTHER, scratch.plus(TOP_FACTORS_AT));
      a.op(Simd.VPANDD, OTHER, OTHER, scratch.plus(TOP_BITS_AT));
      a.op(Simd.VPMOVZXBW, CODES, block.plus(INDICES + half * 16));
      a.op(Simd.VPORD, CODES, CODES, OTHER);
      a.store(Simd.VMOVUPS_STORE, scratch.plus(INDICES_AT + half * VECTOR), CODES);
    }
    unpackNibbleScales(a, 8, block.plus(S_SCALES), scratch);
  }

  @Override
  void index(Assembler a, Gp to, int group, int point, Mem block, Mem scratch) {
    if (type() == TensorType.IQ2_XXS) {
      a.movzxByte(to, block.plus(INDICES + group * 8 + point));
    } else {
      a.movzxShort(to, scratch.plus(INDICES_AT + (group * 4 + point) * Short.BYTES));
    }
  }

  @Override
  void complete(Assembler a, int group, Mem block, Mem scratch) {
    Mem signs =
        type() == TensorType.IQ2_S
            ? block.plus(SIGNS + group * 4)
            : scratch.plus(BYTES_AT + place(group) * 4);
    spreadBits(a, signs);
  }

  @Override
  int scaleAt(int group) {
    return SCALES_AT + (hasPairs() ? group : place(group)) * Integer.BYTES;
  }

  @Override
  boolean hasPairs() {
    return type() != TensorType.IQ2_XXS;
  }

  /**
   * Where a group's part of a vector is: instructions that combine two vectors do so half by half,
   * and leave groups 0, 1, 4, 5, 2, 3, 6 and 7.
   */
  private static int place(int group) {
    return switch (group / 2) {
      case 1 -> group + 2;
      case 2 -> group - 2;
      default -> group;
    };
  }
}
