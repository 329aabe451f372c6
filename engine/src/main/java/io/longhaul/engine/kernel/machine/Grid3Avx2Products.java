package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.machine.Assembler.Gp;
import io.longhaul.engine.kernel.machine.Assembler.Mem;
import io.longhaul.engine.tensor.TensorType;

/**
 * IQ3_XXS and IQ3_S: 64 points of four magnitudes, and a scale for 32 columns; the layouts are
 * described at the scalar decoders.
 */
final class Grid3Avx2Products extends GridAvx2Products {
  private static final int INDICES = 2;

  // Of IQ3_XXS: four times seven signs, and a scale.
  private static final int WORDS = 66;

  // Of IQ3_S.
  private static final int NINTHS = 66;
  private static final int SIGNS = 74;
  private static final int SCALES = 106;

  private static final SevenSigns SEVEN_SIGNS = new SevenSigns(OWN_AT);
  private static final int SCALE_ONES_AT = OWN_AT + SevenSigns.BYTES;
  private static final int WORD_BITS_AT = OWN_AT;
  private static final int NINTH_AT = OWN_AT + VECTOR;

  private final boolean ninths;

  Grid3Avx2Products(TensorType type) {
    super(type, type == TensorType.IQ3_S ? 1 : 1 / 4f);
    this.ninths = type == TensorType.IQ3_S;
  }

  @Override
  int pointBytes() {
    return 4;
  }

  @Override
  public void constants(Constants constants) {
    super.constants(constants);
    if (ninths) {
      constants.each(CODES, i -> i % 2 == i / 16 ? 1 << (i / 2 % 8) : 0);
      constants.store(WORD_BITS_AT, CODES);
      constants.ints(CODES, 0x0100_0100);
      constants.store(NINTH_AT, CODES);
    } else {
      SEVEN_SIGNS.constants(constants, CODES);
      constants.ints(CODES, 1);
      constants.store(SCALE_ONES_AT, CODES);
    }
  }

  @Override
  void unpack(Assembler a, Mem block, Mem scratch) {
    if (ninths) {
      for (int sixteen = 0; sixteen < 4; sixteen++) {
        // Each short of indices has another bit.
        a.op(Simd.VPBROADCASTW, OTHER, block.plus(NINTHS + sixteen * 2));
        a.op(Simd.VPANDD, OTHER, OTHER, scratch.plus(WORD_BITS_AT));
        a.op(Simd.VPCMPEQW, OTHER, OTHER, scratch.plus(WORD_BITS_AT));
        a.op(Simd.VPANDD, OTHER, OTHER, scratch.plus(NINTH_AT));
        a.op(Simd.VPMOVZXBW, CODES, block.plus(INDICES + sixteen * 16));
        a.op(Simd.VPORD, CODES, CODES, OTHER);
        a.store(Simd.VMOVUPS_STORE, scratch.plus(INDICES_AT + sixteen * VECTOR), CODES);
      }
      unpackNibbleScales(a, 4, block.plus(SCALES), scratch);
    } else {
      a.op(Simd.VMOVUPS, CODES, block.plus(WORDS));
      unpackWords(a, SEVEN_SIGNS, scratch.plus(SCALE_ONES_AT), scratch);
    }
  }

  @Override
  void index(Assembler a, Gp to, int group, int point, Mem block, Mem scratch) {
    int i = group * 8 + point;
    if (ninths) {
      a.movzxShort(to, scratch.plus(INDICES_AT + i * Short.BYTES));
    } else {
      a.movzxByte(to, block.plus(INDICES + i));
    }
  }

  @Override
  void complete(Assembler a, int group, Mem block, Mem scratch) {
    Mem signs = ninths ? block.plus(SIGNS) : scratch.plus(BYTES_AT);
    spreadBits(a, signs.plus(group * 4));
  }

  @Override
  int scaleAt(int group) {
    return SCALES_AT + group * (ninths ? Short.BYTES : Integer.BYTES);
  }

  @Override
  boolean hasPairs() {
    return false;
  }
}
