package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.machine.Assembler.Mem;
import io.longhaul.engine.kernel.machine.Assembler.Vec;
import io.longhaul.engine.kernel.machine.InputDigits.Sums;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.function.IntFunction;

/**
 * Q8_0, two blocks at once: a scale of 16 bits and 32 signed bytes, of which 128 more are codes.
 */
final class Q8Digits implements DigitStep {
  private static final InputDigits DIGITS = InputDigits.inOrder(64, Sums.OFFSET, 128);
  private static final int BLOCK = 34;
  private static final int CODES_AT = 2;

  private static final Vec HIGH_INPUT = new Vec(8);
  private static final Vec LOW_INPUT = new Vec(9);
  private static final Vec SUMS_INPUT = new Vec(10);
  private static final IntFunction<Vec> CODES = RowStep.registers(12);
  private static final IntFunction<Vec> HIGH = RowStep.registers(16);
  private static final IntFunction<Vec> LOW = RowStep.registers(20);
  private static final IntFunction<Vec> SCALE = RowStep.registers(24);

  private static final Vec SIGNS = new Vec(30);

  /** Which 16 bits a lane's scale is. */
  private static final Vec SCALES = new Vec(31);

  @Override
  public InputDigits digits() {
    return DIGITS;
  }

  @Override
  public int bytes() {
    return 2 * BLOCK;
  }

  @Override
  public void constants(Constants constants) {
    constants.bytes(SIGNS, 0x80);
    constants.shorts(SCALES, lane -> lane / 8 * (BLOCK / Short.BYTES));
  }

  @Override
  public void emit(Assembler a, List<Mem> rows, Mem input, Mem scratch) {
    emit(a, rows, input, false);
  }

  @Override
  public boolean endsMasked() {
    return true;
  }

  @Override
  public void emitEnd(Assembler a, List<Mem> rows, Mem input, Mem scratch, int blocks) {
    emit(a, rows, input, true);
  }

  private static void emit(Assembler a, List<Mem> rows, Mem input, boolean oneBlock) {
    a.op(Simd.VMOVUPS, HIGH_INPUT, input.plus(DIGITS.highAt(0)));
    a.op(Simd.VMOVUPS, LOW_INPUT, input.plus(DIGITS.lowAt(0)));
    a.op(Simd.VMOVUPS, SUMS_INPUT, input.plus(DIGITS.sumsAt(0)));
    Mem inputScale = input.plus(DIGITS.scaleAt()).toAll();
    List<IntConsumer> stages = new ArrayList<>();
    stages.add(r -> a.op(Simd.VMOVUPS, CODES.apply(r).ymm(), rows.get(r).plus(CODES_AT)));
    if (oneBlock) {
      stages.add(
          r -> a.opOrZero(Simd.VMOVDQU8, SCALE.apply(r), RowSumsCode.FIRST_BYTES, rows.get(r)));
      stages.add(r -> a.op(Simd.VPERMW, SCALE.apply(r), SCALES, SCALE.apply(r)));
    } else {
      stages.add(
          r ->
              a.op(
                  Simd.VINSERTF64X4,
                  CODES.apply(r),
                  CODES.apply(r),
                  rows.get(r).plus(BLOCK + CODES_AT),
                  1));
      stages.add(r -> a.op(Simd.VPERMW, SCALE.apply(r), SCALES, rows.get(r)));
    }
    DigitStep.zero(a, stages, HIGH);
    stages.add(r -> a.op(Simd.VPORD, LOW.apply(r), SUMS_INPUT, SUMS_INPUT));
    stages.add(r -> a.op(Simd.VPXORD, CODES.apply(r), CODES.apply(r), SIGNS));
    stages.add(r -> a.op(Simd.VCVTPH2PS, SCALE.apply(r), SCALE.apply(r).ymm()));
    stages.add(r -> a.op(Simd.VPDPBUSD, HIGH.apply(r), CODES.apply(r), HIGH_INPUT));
    stages.add(r -> a.op(Simd.VPDPBUSD, LOW.apply(r), CODES.apply(r), LOW_INPUT));
    stages.add(r -> a.op(Simd.VMULPS, SCALE.apply(r), SCALE.apply(r), inputScale));
    // High sums can have more than 16 bits.
    DigitStep.addWideDigits(a, stages, LOW, HIGH);
    DigitStep.addScaled(a, stages, 0, LOW, SCALE);
    RowStep.interleave(rows.size(), stages);
  }
}
