package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.Codebooks;
import io.longhaul.engine.kernel.machine.Assembler.Mask;
import io.longhaul.engine.kernel.machine.Assembler.Mem;
import io.longhaul.engine.kernel.machine.Assembler.Vec;
import java.util.List;
import java.util.function.IntUnaryOperator;

/**
 * Blocks of 32 codes of four bits, whose fifth ones may lie apart: a scale of 16 bits, a minimum
 * where there is one, 32 fifth bits where there are some, 16 bytes with code j low and j + 16 high.
 *
 * <p>The values of all codes are scaled once a block; a permutation then looks each weight up, by
 * the low four bits of a lane. Where its fifth bit is set, it comes from the table of those.
 *
 * @param value what a code stands for before it is scaled
 */
record NibbleStep(boolean minimum, boolean fifths, IntUnaryOperator value) implements RowStep {
  private static final Vec SCALE = new Vec(16);
  private static final Vec MINIMUM = new Vec(17);
  private static final Vec TABLE = new Vec(18);
  private static final Vec UPPER_TABLE = new Vec(19);
  private static final Vec LOW_CODES = new Vec(20);
  private static final Vec HIGH_CODES = new Vec(21);
  private static final Vec LOW = new Vec(22);
  private static final Vec HIGH = new Vec(23);
  private static final Vec INPUT_LOW = new Vec(24);
  private static final Vec INPUT_HIGH = new Vec(25);

  /** Values of codes 0 to 15, and of those from 16. */
  private static final Vec VALUES = new Vec(30);

  private static final Vec UPPER_VALUES = new Vec(31);

  static RowStep q4_0() {
    return new NibbleStep(false, false, code -> code - 8);
  }

  static RowStep q4_1() {
    return new NibbleStep(true, false, code -> code);
  }

  static RowStep q5_0() {
    return new NibbleStep(false, true, code -> code - 16);
  }

  static RowStep q5_1() {
    return new NibbleStep(true, true, code -> code);
  }

  static RowStep iq4Nl() {
    return new NibbleStep(false, false, code -> Codebooks.iq4()[code]);
  }

  @Override
  public int columns() {
    return 32;
  }

  @Override
  public int bytes() {
    return codesAt() + 16;
  }

  private int fifthsAt() {
    return minimum ? 4 : 2;
  }

  private int codesAt() {
    return fifthsAt() + (fifths ? 4 : 0);
  }

  @Override
  public void constants(Constants constants) {
    constants.floats(VALUES, value);
    if (fifths) {
      constants.floats(UPPER_VALUES, code -> value.applyAsInt(code + 16));
    }
  }

  @Override
  public void emit(Assembler a, List<Mem> rows, Mem input, Mem scratch) {
    a.op(Simd.VMOVUPS, INPUT_LOW, input);
    a.op(Simd.VMOVUPS, INPUT_HIGH, input.plus(64));
    for (int r = 0; r < rows.size(); r++) {
      Mem block = rows.get(r);
      RowStep.broadcastF16(a, SCALE, block);
      if (minimum) {
        RowStep.broadcastF16(a, MINIMUM, block.plus(2));
      }
      table(a, TABLE, VALUES);
      a.op(Simd.VPMOVZXBD, LOW_CODES, block.plus(codesAt()));
      a.vpsrld(HIGH_CODES, LOW_CODES, 4);
      a.op(Simd.VPERMPS, LOW, LOW_CODES, TABLE);
      a.op(Simd.VPERMPS, HIGH, HIGH_CODES, TABLE);
      if (fifths) {
        table(a, UPPER_TABLE, UPPER_VALUES);
        a.kmovw(Mask.K1, block.plus(fifthsAt()));
        a.kmovw(Mask.K2, block.plus(fifthsAt() + 2));
        a.op(Simd.VPERMPS, LOW, Mask.K1, LOW_CODES, UPPER_TABLE);
        a.op(Simd.VPERMPS, HIGH, Mask.K2, HIGH_CODES, UPPER_TABLE);
      }
      a.op(Simd.VFMADD231PS, RowStep.accumulator(r), LOW, INPUT_LOW);
      a.op(Simd.VFMADD231PS, RowStep.accumulator(r), HIGH, INPUT_HIGH);
    }
  }

  /** Rounded twice where there is a minimum, as the decoders do. */
  private void table(Assembler a, Vec to, Vec values) {
    a.op(Simd.VMULPS, to, values, SCALE);
    if (minimum) {
      a.op(Simd.VADDPS, to, to, MINIMUM);
    }
  }
}
