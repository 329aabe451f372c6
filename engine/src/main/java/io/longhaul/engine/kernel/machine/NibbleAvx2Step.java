package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.Codebooks;
import io.longhaul.engine.kernel.machine.Assembler.Mem;
import io.longhaul.engine.kernel.machine.Assembler.Vec;
import io.longhaul.engine.kernel.machine.ByteCodesAvx2.Offset;
import java.util.List;
import java.util.Optional;

/**
 * The blocks of {@link NibbleStep} for AVX2. Codes of five bits become signed bytes by what stands
 * above their low four bits.
 *
 * @param minimum whether there is one beside the scale
 * @param values what makes values of the codes of four bits
 */
record NibbleAvx2Step(boolean minimum, Values values) implements DecodeAvx2Step {
  private enum Values {
    CODES,
    EIGHT_LESS,
    LOOKED_UP,
    /** Codes of five bits. */
    WITH_FIFTHS,
    /** Sixteen less than a code of five bits: ones above four bits where the fifth is not set. */
    WITH_FIFTHS_SIXTEEN_LESS
  }

  private static final Vec CODES = Vec.ymm(4);
  private static final Vec FIFTHS = Vec.ymm(5);
  private static final Vec SCALE = Vec.ymm(6);
  private static final Vec MINIMUM = Vec.ymm(7);

  /** None for the first sixteen columns, a nibble for the last. */
  private static final Vec SHIFTS = Vec.ymm(8);

  private static final Vec LOW_NIBBLES = Vec.ymm(9);

  /** The values of all codes, or what is subtracted from a code. */
  private static final Vec TABLE = Vec.ymm(10);

  /** Which of four bytes has a column's fifth bit. */
  private static final Vec FIFTH_PLACES = Vec.ymm(11);

  /** Which of its bits that is. */
  private static final Vec FIFTH_BITS = Vec.ymm(12);

  /** What the bits of a column are compared with. */
  private static final Vec COMPARED = Vec.ymm(13);

  /** What stands above four bits where they are equal. */
  private static final Vec UPPER = Vec.ymm(14);

  static DecodeAvx2Step q4_0() {
    return new NibbleAvx2Step(false, Values.EIGHT_LESS);
  }

  static DecodeAvx2Step q4_1() {
    return new NibbleAvx2Step(true, Values.CODES);
  }

  static DecodeAvx2Step q5_0() {
    return new NibbleAvx2Step(false, Values.WITH_FIFTHS_SIXTEEN_LESS);
  }

  static DecodeAvx2Step q5_1() {
    return new NibbleAvx2Step(true, Values.WITH_FIFTHS);
  }

  static DecodeAvx2Step iq4Nl() {
    return new NibbleAvx2Step(false, Values.LOOKED_UP);
  }

  @Override
  public int columns() {
    return ByteCodesAvx2.COLUMNS;
  }

  @Override
  public int bytes() {
    return codesAt() + columns() / 2;
  }

  private boolean fifths() {
    return values == Values.WITH_FIFTHS || values == Values.WITH_FIFTHS_SIXTEEN_LESS;
  }

  private int fifthsAt() {
    return minimum ? 4 : 2;
  }

  private int codesAt() {
    return fifthsAt() + (fifths() ? 4 : 0);
  }

  @Override
  public void constants(Constants constants) {
    constants.ints(SHIFTS, lane -> lane / 4 * 4);
    constants.bytes(LOW_NIBBLES, 0x0F);
    switch (values) {
      case CODES -> {}
      case EIGHT_LESS -> constants.bytes(TABLE, 8);
      case LOOKED_UP -> constants.quarters(TABLE, code -> Codebooks.iq4()[code]);
      case WITH_FIFTHS, WITH_FIFTHS_SIXTEEN_LESS -> {
        boolean less = values == Values.WITH_FIFTHS_SIXTEEN_LESS;
        constants.each(FIFTH_PLACES, column -> column / 8);
        constants.quarters(FIFTH_BITS, column -> 1 << column % 8);
        constants.quarters(COMPARED, column -> less ? 0 : 1 << column % 8);
        constants.bytes(UPPER, less ? 0xF0 : 0x10);
      }
    }
  }

  @Override
  public void emit(Assembler a, Mem block, Mem floats, Mem scratch) {
    ByteCodesAvx2.broadcastF16(a, SCALE, block);
    if (minimum) {
      ByteCodesAvx2.broadcastF16(a, MINIMUM, block.plus(2));
    }
    a.op(Simd.VBROADCASTI32X4, CODES, block.plus(codesAt()));
    a.op(Simd.VPSRLVD, CODES, CODES, SHIFTS);
    a.op(Simd.VPANDD, CODES, CODES, LOW_NIBBLES);
    switch (values) {
      case CODES -> {}
      case EIGHT_LESS -> a.op(Simd.VPSUBB, CODES, CODES, TABLE);
      case LOOKED_UP -> a.op(Simd.VPSHUFB, CODES, TABLE, CODES);
      case WITH_FIFTHS, WITH_FIFTHS_SIXTEEN_LESS -> {
        a.op(Simd.VPBROADCASTD, FIFTHS, block.plus(fifthsAt()));
        a.op(Simd.VPSHUFB, FIFTHS, FIFTHS, FIFTH_PLACES);
        a.op(Simd.VPANDD, FIFTHS, FIFTHS, FIFTH_BITS);
        a.op(Simd.VPCMPEQB, FIFTHS, FIFTHS, COMPARED);
        a.op(Simd.VPANDD, FIFTHS, FIFTHS, UPPER);
        a.op(Simd.VPORD, CODES, CODES, FIFTHS);
      }
    }
    new ByteCodesAvx2(
            List.of(SCALE, SCALE),
            minimum ? Optional.of(new Offset(Simd.VADDPS, MINIMUM)) : Optional.empty())
        .store(a, CODES, floats);
  }
}
