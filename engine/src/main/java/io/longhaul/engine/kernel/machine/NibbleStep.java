package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.Codebooks;
import io.longhaul.engine.kernel.machine.Assembler.Mask;
import io.longhaul.engine.kernel.machine.Assembler.Mem;
import io.longhaul.engine.kernel.machine.Assembler.Vec;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.function.IntFunction;
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
  private static final IntFunction<Vec> SCALE = RowStep.registers(8);
  private static final IntFunction<Vec> TABLE = RowStep.registers(12);
  private static final IntFunction<Vec> UPPER_TABLE = SCALE;
  private static final IntFunction<Vec> LOW_CODES = RowStep.registers(16);
  private static final IntFunction<Vec> HIGH_CODES = RowStep.registers(20);
  private static final IntFunction<Vec> MINIMUM = HIGH_CODES;
  private static final IntFunction<Vec> WEIGHTS = RowStep.registers(24);
  private static final Vec INPUT_LOW = new Vec(28);
  private static final Vec INPUT_HIGH = new Vec(29);

  private static final List<Mask> MASKS = List.of(Mask.K1, Mask.K2, Mask.K3, Mask.K4);

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
  public void emit(Assembler a, List<Mem> rows, Use use, Mem scratch) {
    use.loadInput(INPUT_LOW, 0);
    use.loadInput(INPUT_HIGH, 16);
    List<IntConsumer> stages = new ArrayList<>();
    RowStep.broadcastF16(a, stages, SCALE, rows::get);
    if (minimum) {
      RowStep.broadcastF16(a, stages, MINIMUM, r -> rows.get(r).plus(2));
    }
    stages.add(r -> a.op(Simd.VPMOVZXBD, LOW_CODES.apply(r), rows.get(r).plus(codesAt())));
    table(a, stages, TABLE, VALUES);
    if (fifths) {
      table(a, stages, UPPER_TABLE, UPPER_VALUES);
    }
    stages.add(r -> a.vpsrld(HIGH_CODES.apply(r), LOW_CODES.apply(r), 4));
    lookUp(a, stages, LOW_CODES, r -> rows.get(r).plus(fifthsAt()));
    stages.add(r -> use.use(r, 0, WEIGHTS.apply(r), INPUT_LOW));
    lookUp(a, stages, HIGH_CODES, r -> rows.get(r).plus(fifthsAt() + 2));
    stages.add(r -> use.use(r, 16, WEIGHTS.apply(r), INPUT_HIGH));
    RowStep.interleave(rows.size(), stages);
  }

  /** Rounded twice where there is a minimum, as the decoders do. */
  private void table(Assembler a, List<IntConsumer> stages, IntFunction<Vec> to, Vec values) {
    stages.add(r -> a.op(Simd.VMULPS, to.apply(r), values, SCALE.apply(r)));
    if (minimum) {
      stages.add(r -> a.op(Simd.VADDPS, to.apply(r), to.apply(r), MINIMUM.apply(r)));
    }
  }

  private void lookUp(
      Assembler a, List<IntConsumer> stages, IntFunction<Vec> codes, IntFunction<Mem> fifthBits) {
    stages.add(r -> a.op(Simd.VPERMPS, WEIGHTS.apply(r), codes.apply(r), TABLE.apply(r)));
    if (fifths) {
      stages.add(r -> a.kmovw(mask(r), fifthBits.apply(r)));
      stages.add(
          r -> a.op(Simd.VPERMPS, WEIGHTS.apply(r), mask(r), codes.apply(r), UPPER_TABLE.apply(r)));
    }
  }

  private static Mask mask(int row) {
    return MASKS.get(row % RowStep.TOGETHER);
  }
}
