package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.Codebooks;
import io.longhaul.engine.kernel.machine.Assembler.Gp;
import io.longhaul.engine.kernel.machine.Assembler.Mem;
import io.longhaul.engine.kernel.machine.Assembler.Vec;
import io.longhaul.engine.kernel.machine.InputShorts.Sums;
import io.longhaul.engine.tensor.TensorType;
import java.util.List;

/**
 * The types of {@link NibbleStep}, and MXFP4: codes become shorts, those of the low nibbles and
 * those of the high ones.
 *
 * @param minimum whether a block has one: its weights are not around zero then
 * @param fifths whether a fifth bit lies apart
 * @param codebook what codes stand for
 */
record NibbleAvx2Products(boolean minimum, boolean fifths, Codebook codebook)
    implements ShortsStep {
  enum Codebook {
    /** Themselves. */
    NONE,
    /** The numbers of {@link Codebooks#iq4}. */
    IQ4,
    /** The numbers of {@link Codebooks#twiceE2m1}, and a scale is a byte. */
    E2M1;

    private byte number(int code) {
      return (this == IQ4 ? Codebooks.iq4() : Codebooks.twiceE2m1())[code];
    }
  }

  private static final Vec NIBBLE = Vec.ymm(14);

  /** Of each short another bit; or the codebook. */
  private static final Vec BITS = Vec.ymm(15);

  /** Of the scales of MXFP4. */
  private static final Gp TABLE = Gp.R15;

  private static final Gp INDEX = Gp.R14;

  static CodedStep q4_0() {
    return new NibbleAvx2Products(false, false, Codebook.NONE);
  }

  static CodedStep q4_1() {
    return new NibbleAvx2Products(true, false, Codebook.NONE);
  }

  static CodedStep q5_0() {
    return new NibbleAvx2Products(false, true, Codebook.NONE);
  }

  static CodedStep q5_1() {
    return new NibbleAvx2Products(true, true, Codebook.NONE);
  }

  static CodedStep iq4Nl() {
    return new NibbleAvx2Products(false, false, Codebook.IQ4);
  }

  static CodedStep mxfp4() {
    return new NibbleAvx2Products(false, false, Codebook.E2M1);
  }

  private boolean isLookedUp() {
    return codebook != Codebook.NONE;
  }

  @Override
  public InputShorts input() {
    if (isLookedUp()) {
      return new InputShorts(Sums.NONE, 0);
    }
    return minimum
        ? new InputShorts(Sums.SCALED, 0)
        : new InputShorts(Sums.OFFSET, fifths ? 16 : 8);
  }

  @Override
  public int blockBytes() {
    return codesAt() + 16;
  }

  private int fifthsAt() {
    return minimum ? 4 : 2;
  }

  private int codesAt() {
    if (codebook == Codebook.E2M1) {
      return 1;
    }
    return fifthsAt() + (fifths ? 4 : 0);
  }

  @Override
  public void constants(Constants constants) {
    constants.ints(NIBBLE, isLookedUp() ? 0x0F0F_0F0F : 0x000F_000F);
    if (codebook == Codebook.E2M1) {
      constants.a().movabs(TABLE, Tables.address(TensorType.MXFP4));
    }
    if (isLookedUp()) {
      constants.each(BITS, i -> codebook.number(i % 16));
    } else {
      constants.each(BITS, i -> i % 2 == i / 16 ? 1 << (i / 2 % 8) : 0);
    }
  }

  @Override
  public void unpack(Assembler a, Mem block) {
    if (isLookedUp()) {
      lookUp(a, block);
      return;
    }
    a.op(Simd.VPMOVZXBW, FIRST, block.plus(codesAt()));
    a.vpsrlw(SECOND, FIRST, 4);
    a.op(Simd.VPANDD, FIRST, FIRST, NIBBLE);
    if (fifths) {
      addFifths(a, FIRST, block.plus(fifthsAt()));
      addFifths(a, SECOND, block.plus(fifthsAt() + 2));
    }
  }

  /** Adds 16 to the codes whose bit is set, of sixteen bits in memory. */
  private static void addFifths(Assembler a, Vec codes, Mem bits) {
    a.op(Simd.VPBROADCASTW, FREE, bits);
    a.op(Simd.VPANDD, FREE, FREE, BITS);
    a.op(Simd.VPCMPEQW, FREE, FREE, BITS);
    // Minus one where it is set, so minus 16.
    a.vpsllw(FREE, FREE, 4);
    a.op(Simd.VPSUBW, codes, codes, FREE);
  }

  private void lookUp(Assembler a, Mem block) {
    a.op(Simd.VMOVUPS, FIRST.xmm(), block.plus(codesAt()));
    a.vpsrlw(SECOND.xmm(), FIRST.xmm(), 4);
    for (Vec codes : List.of(FIRST, SECOND)) {
      a.op(Simd.VPANDD, codes.xmm(), codes.xmm(), NIBBLE.xmm());
      a.op(Simd.VPSHUFB, codes.xmm(), BITS.xmm(), codes.xmm());
      a.op(Simd.VPMOVSXBW, codes, codes.xmm());
    }
  }

  @Override
  public void scales(Assembler a, Mem row, int blocks, Mem input) {
    if (codebook != Codebook.E2M1) {
      ShortsStep.super.scales(a, row, blocks, input);
    }
  }

  @Override
  public void scale(Assembler a, int index, Mem block, Mem input) {
    if (codebook != Codebook.E2M1) {
      ShortsStep.super.scale(a, index, block, input);
      return;
    }
    Mem factor = input.plus(InputShorts.FACTORS_AT + index * InputShorts.PAIR_BYTES);
    a.movzxByte(INDEX, block);
    a.op(Simd.VBROADCASTSS, SCALE, Mem.of(TABLE, INDEX, 4, 0));
    a.op(Simd.VBROADCASTSS, FREE, factor);
    a.op(Simd.VMULPS, SCALE, SCALE, FREE);
  }
}
