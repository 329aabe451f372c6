package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.Codebooks;
import io.longhaul.engine.kernel.machine.Assembler.Mem;
import io.longhaul.engine.kernel.machine.Assembler.Operand;
import io.longhaul.engine.kernel.machine.Assembler.Vec;
import io.longhaul.engine.kernel.machine.InputDigits.Sums;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.function.IntFunction;

/**
 * The types of {@link NibbleStep}, four blocks at once. A permutation gathers the blocks' codes,
 * another one their scales, a third one their minima.
 *
 * @param minimum whether a block has one: its weights are not around zero then
 * @param fifths whether a fifth bit lies apart
 * @param codebook whether codes stand for the numbers of {@link Codebooks#iq4}
 */
record NibbleDigits(boolean minimum, boolean fifths, boolean codebook) implements DigitStep {
  private static final int BLOCKS = 4;
  private static final int VECTOR = 64;

  /** What makes the codebook's numbers unsigned. */
  private static final int CODEBOOK_OFFSET = 128;

  private static final IntFunction<Vec> LOW_CODES = RowStep.registers(12);
  private static final IntFunction<Vec> HIGH_CODES = RowStep.registers(16);
  private static final IntFunction<Vec> HIGH = RowStep.registers(20);
  private static final IntFunction<Vec> LOW = RowStep.registers(24);

  // Before sums begin, and after codes have been used, their registers serve.
  private static final IntFunction<Vec> LOW_FIFTHS = HIGH;
  private static final IntFunction<Vec> HIGH_FIFTHS = LOW;
  private static final IntFunction<Vec> BLOCKS_AGAIN = LOW_CODES;
  private static final IntFunction<Vec> SCALE = HIGH_CODES;
  private static final IntFunction<Vec> MINIMUM = HIGH;

  private static final Vec LAST_BYTES = new Vec(8);
  private static final Vec CODEBOOK = new Vec(9);
  private static final Vec FIFTH_SHIFTS = new Vec(10);
  private static final Vec FIFTH_BIT = new Vec(11);
  private static final Vec NIBBLE = new Vec(28);
  private static final Vec CODES = new Vec(29);
  private static final Vec SCALES = new Vec(30);
  private static final Vec FACTOR = new Vec(31);

  // Further choices of permutations, in memory.
  private static final int MINIMA_AT = VECTOR;
  private static final int LOW_FIFTHS_AT = 2 * VECTOR;
  private static final int HIGH_FIFTHS_AT = 3 * VECTOR;

  static DigitStep q4_0() {
    return new NibbleDigits(false, false, false);
  }

  static DigitStep q4_1() {
    return new NibbleDigits(true, false, false);
  }

  static DigitStep q5_0() {
    return new NibbleDigits(false, true, false);
  }

  static DigitStep q5_1() {
    return new NibbleDigits(true, true, false);
  }

  static DigitStep iq4Nl() {
    return new NibbleDigits(false, false, true);
  }

  @Override
  public InputDigits digits() {
    if (minimum) {
      return InputDigits.nibblesOf32(Sums.JOINT_SCALED, 0);
    }
    return InputDigits.nibblesOf32(Sums.JOINT_OFFSET, codebook ? CODEBOOK_OFFSET : fifths ? 16 : 8);
  }

  @Override
  public int bytes() {
    return BLOCKS * block();
  }

  private int block() {
    return codesAt() + 16;
  }

  private int fifthsAt() {
    return minimum ? 4 : 2;
  }

  private int codesAt() {
    return fifthsAt() + (fifths ? 4 : 0);
  }

  /** The last vector of the four blocks begins here. */
  private int lastAt() {
    return bytes() - VECTOR;
  }

  /** A byte's place in the first vector, or in the last one where it is in that alone. */
  private int place(int at) {
    return at < VECTOR ? at : VECTOR + at - lastAt();
  }

  private boolean scalesAreInFirst() {
    return 3 * block() + fifthsAt() <= VECTOR;
  }

  @Override
  public void constants(Constants constants) {
    constants.bytes(NIBBLE, 0x0F);
    constants.each(CODES, i -> place(i / 16 * block() + codesAt() + i % 16));
    constants.ints(FACTOR, DigitStep.HIGH_FACTOR);
    constants.shorts(SCALES, lane -> place(lane / 4 * block()) / 2);
    if (minimum) {
      constants.shorts(CODEBOOK, lane -> place(lane / 4 * block() + 2) / 2);
      constants.store(MINIMA_AT, CODEBOOK);
    }
    if (fifths) {
      constants.each(CODEBOOK, i -> place(i / 16 * block() + fifthsAt() + i % 16 / 8));
      constants.store(LOW_FIFTHS_AT, CODEBOOK);
      constants.each(CODEBOOK, i -> place(i / 16 * block() + fifthsAt() + 2 + i % 16 / 8));
      constants.store(HIGH_FIFTHS_AT, CODEBOOK);
      // All bytes of eight are the same: bit i % 8 of one, four bits up.
      constants.each(FIFTH_SHIFTS, i -> (i % 8 * 9 + 60) % 64);
      constants.bytes(FIFTH_BIT, 0x10);
    }
    if (codebook) {
      constants.each(CODEBOOK, i -> Codebooks.iq4()[i % 16] + CODEBOOK_OFFSET);
    }
  }

  @Override
  public void emit(Assembler a, List<Mem> rows, Mem input, Mem scratch) {
    emit(a, rows, input, scratch, false);
  }

  @Override
  public boolean endsMasked() {
    return true;
  }

  @Override
  public void emitEnd(Assembler a, List<Mem> rows, Mem input, Mem scratch, int blocks) {
    emit(a, rows, input, scratch, true);
  }

  private void emit(Assembler a, List<Mem> rows, Mem input, Mem scratch, boolean end) {
    List<IntConsumer> stages = new ArrayList<>();
    loadFirst(a, stages, LOW_CODES, rows, end);
    if (fifths) {
      loadFifths(a, stages, LOW_FIFTHS, scratch.plus(LOW_FIFTHS_AT), rows, end);
      loadFifths(a, stages, HIGH_FIFTHS, scratch.plus(HIGH_FIFTHS_AT), rows, end);
    }
    withLast(
        a, stages, rows, end, (r, last) -> a.op(Simd.VPERMT2B, LOW_CODES.apply(r), CODES, last));
    stages.add(r -> a.vpsrlw(HIGH_CODES.apply(r), LOW_CODES.apply(r), 4));
    unpack(a, stages, LOW_CODES, LOW_FIFTHS);
    unpack(a, stages, HIGH_CODES, HIGH_FIFTHS);
    DigitStep.zero(a, stages, HIGH);
    if (minimum) {
      DigitStep.zero(a, stages, LOW);
    } else {
      DigitStep.load(a, stages, LOW, r -> input.plus(digits().sumsAt(0)));
    }
    multiply(a, stages, LOW_CODES, input, 0);
    multiply(a, stages, HIGH_CODES, input, 1);
    if (codebook) {
      DigitStep.addWideDigits(a, stages, LOW, HIGH);
    } else {
      DigitStep.addDigits(a, stages, LOW, HIGH, FACTOR);
    }
    scales(a, stages, rows, scratch, end);
    stages.add(
        r ->
            a.op(
                Simd.VMULPS,
                SCALE.apply(r),
                SCALE.apply(r),
                input.plus(digits().scaleAt()).toAll()));
    DigitStep.addScaled(a, stages, 0, LOW, SCALE);
    if (minimum) {
      stages.add(
          r ->
              a.op(
                  Simd.VFMADD231PS,
                  RowStep.accumulator(r),
                  MINIMUM.apply(r),
                  input.plus(digits().sumsAt(0))));
    }
    RowStep.interleave(rows.size(), stages);
  }

  private void loadFirst(
      Assembler a, List<IntConsumer> stages, IntFunction<Vec> to, List<Mem> rows, boolean end) {
    if (end) {
      stages.add(r -> a.opOrZero(Simd.VMOVDQU8, to.apply(r), RowSumsCode.FIRST_BYTES, rows.get(r)));
    } else {
      DigitStep.load(a, stages, to, rows::get);
    }
  }

  /** An instruction that takes the last vector of a row's blocks. */
  private interface OfLast {
    void emit(int row, Operand last);
  }

  private void withLast(
      Assembler a, List<IntConsumer> stages, List<Mem> rows, boolean end, OfLast instruction) {
    stages.add(
        r -> {
          Mem last = rows.get(r).plus(lastAt());
          if (end) {
            a.opOrZero(Simd.VMOVDQU8, LAST_BYTES, RowSumsCode.LAST_BYTES, last);
            instruction.emit(r, LAST_BYTES);
          } else {
            instruction.emit(r, last);
          }
        });
  }

  /** A byte of fifth bits for each code, that code's bit fifth in it. */
  private void loadFifths(
      Assembler a,
      List<IntConsumer> stages,
      IntFunction<Vec> to,
      Mem places,
      List<Mem> rows,
      boolean end) {
    stages.add(r -> a.op(Simd.VMOVUPS, to.apply(r), places));
    withLast(
        a,
        stages,
        rows,
        end,
        (r, last) -> a.op(Simd.VPERMI2B, to.apply(r), LOW_CODES.apply(r), last));
    stages.add(r -> a.op(Simd.VPMULTISHIFTQB, to.apply(r), FIFTH_SHIFTS, to.apply(r)));
  }

  private void unpack(
      Assembler a, List<IntConsumer> stages, IntFunction<Vec> codes, IntFunction<Vec> fifthBits) {
    stages.add(r -> a.op(Simd.VPANDD, codes.apply(r), codes.apply(r), NIBBLE));
    if (fifths) {
      stages.add(
          r ->
              a.op(
                  Simd.VPTERNLOGD,
                  codes.apply(r),
                  fifthBits.apply(r),
                  FIFTH_BIT,
                  RowStep.OR_MASKED));
    }
    if (codebook) {
      stages.add(r -> a.op(Simd.VPSHUFB, codes.apply(r), CODEBOOK, codes.apply(r)));
    }
  }

  private void multiply(
      Assembler a, List<IntConsumer> stages, IntFunction<Vec> codes, Mem input, int vector) {
    stages.add(
        r ->
            a.op(
                Simd.VPDPBUSD, HIGH.apply(r), codes.apply(r), input.plus(digits().highAt(vector))));
    stages.add(
        r -> a.op(Simd.VPDPBUSD, LOW.apply(r), codes.apply(r), input.plus(digits().lowAt(vector))));
  }

  private void scales(
      Assembler a, List<IntConsumer> stages, List<Mem> rows, Mem scratch, boolean end) {
    loadFirst(a, stages, BLOCKS_AGAIN, rows, end);
    if (scalesAreInFirst()) {
      stages.add(r -> a.op(Simd.VPERMW, SCALE.apply(r), SCALES, BLOCKS_AGAIN.apply(r)));
    } else {
      stages.add(r -> a.op(Simd.VPORD, SCALE.apply(r), SCALES, SCALES));
      withLast(
          a,
          stages,
          rows,
          end,
          (r, last) -> a.op(Simd.VPERMI2W, SCALE.apply(r), BLOCKS_AGAIN.apply(r), last));
    }
    stages.add(r -> a.op(Simd.VCVTPH2PS, SCALE.apply(r), SCALE.apply(r).ymm()));
    if (minimum) {
      DigitStep.load(a, stages, MINIMUM, r -> scratch.plus(MINIMA_AT));
      if (scalesAreInFirst()) {
        stages.add(
            r -> a.op(Simd.VPERMW, MINIMUM.apply(r), MINIMUM.apply(r), BLOCKS_AGAIN.apply(r)));
      } else {
        withLast(
            a,
            stages,
            rows,
            end,
            (r, last) -> a.op(Simd.VPERMI2W, MINIMUM.apply(r), BLOCKS_AGAIN.apply(r), last));
      }
      stages.add(r -> a.op(Simd.VCVTPH2PS, MINIMUM.apply(r), MINIMUM.apply(r).ymm()));
    }
  }
}
