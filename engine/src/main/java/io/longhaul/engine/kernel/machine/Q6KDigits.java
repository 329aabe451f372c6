package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.machine.Assembler.Mem;
import io.longhaul.engine.kernel.machine.Assembler.Vec;
import io.longhaul.engine.kernel.machine.InputDigits.Sums;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.function.IntFunction;

/**
 * Q6_K: 128 bytes with the low four bits of codes, 64 with the upper two, sixteen signed scales of
 * bytes, and d; the layout is described at the scalar decoders. Codes are the weights plus 32.
 */
final class Q6KDigits implements DigitStep {
  private static final InputDigits DIGITS = InputDigits.inOrder(256, Sums.OFFSET, 32);
  private static final int TOPS_AT = 128;
  private static final int SCALES_AT = 192;
  private static final int D_AT = 208;
  private static final int VECTOR = 64;

  /** Rows whose instructions alternate. */
  private static final int TOGETHER = 2;

  private static final IntFunction<Vec> CODES = RowStep.registers(8, TOGETHER);
  private static final IntFunction<Vec> TOPS = RowStep.registers(10, TOGETHER);
  private static final IntFunction<Vec> HIGH = TOPS;
  private static final IntFunction<Vec> LOW = RowStep.registers(12, TOGETHER);
  private static final IntFunction<Vec> FACTORS = RowStep.registers(14, TOGETHER);
  private static final IntFunction<Vec> SCALE = RowStep.registers(16, TOGETHER);

  /** Which of the sixteen factors are a vector's scales. */
  private static final List<Vec> SCALES =
      List.of(new Vec(26), new Vec(27), new Vec(28), new Vec(29));

  private static final Vec LEFT_SHIFTS = new Vec(23);
  private static final Vec RIGHT_SHIFTS = new Vec(24);
  private static final Vec SIX_BITS = new Vec(25);
  private static final Vec FACTOR = new Vec(30);
  private static final Vec NIBBLE = new Vec(31);

  @Override
  public InputDigits digits() {
    return DIGITS;
  }

  @Override
  public int bytes() {
    return D_AT + Short.BYTES;
  }

  @Override
  public void constants(Constants constants) {
    constants.bytes(NIBBLE, 0x0F);
    constants.bytes(SIX_BITS, 0x3F);
    constants.ints(FACTOR, HIGH_FACTOR);
    // Of each short: the lower half of a vector has lower bits of the same bytes than the upper.
    constants.each(LEFT_SHIFTS, i -> i % 2 == 1 ? 0 : i < 32 ? 4 : 2);
    constants.each(RIGHT_SHIFTS, i -> i % 2 == 1 || i < 32 ? 0 : 2);
    for (int v = 0; v < DIGITS.vectors(); v++) {
      int first = v * 4;
      constants.ints(SCALES.get(v), lane -> first + lane / 4);
    }
  }

  @Override
  public void emit(Assembler a, List<Mem> rows, Mem input, Mem scratch) {
    List<IntConsumer> stages = new ArrayList<>();
    stages.add(r -> a.op(Simd.VPBROADCASTW, SCALE.apply(r).ymm(), rows.get(r).plus(D_AT)));
    stages.add(r -> a.op(Simd.VPMOVSXBD, FACTORS.apply(r), rows.get(r).plus(SCALES_AT)));
    stages.add(r -> a.op(Simd.VCVTPH2PS, SCALE.apply(r), SCALE.apply(r).ymm()));
    stages.add(r -> a.op(Simd.VCVTDQ2PS, FACTORS.apply(r), FACTORS.apply(r)));
    Mem inputScale = input.plus(DIGITS.scaleAt()).toAll();
    stages.add(r -> a.op(Simd.VMULPS, SCALE.apply(r), SCALE.apply(r), inputScale));
    stages.add(r -> a.op(Simd.VMULPS, FACTORS.apply(r), FACTORS.apply(r), SCALE.apply(r)));
    for (int v = 0; v < DIGITS.vectors(); v++) {
      int vector = v;
      codes(a, stages, vector, rows);
      DigitStep.load(a, stages, LOW, r -> input.plus(DIGITS.sumsAt(vector)));
      DigitStep.zero(a, stages, HIGH);
      Mem high = input.plus(DIGITS.highAt(vector));
      Mem low = input.plus(DIGITS.lowAt(vector));
      stages.add(r -> a.op(Simd.VPDPBUSD, HIGH.apply(r), CODES.apply(r), high));
      stages.add(r -> a.op(Simd.VPDPBUSD, LOW.apply(r), CODES.apply(r), low));
      DigitStep.addDigits(a, stages, LOW, HIGH, FACTOR);
      stages.add(r -> a.op(Simd.VPERMPS, SCALE.apply(r), SCALES.get(vector), FACTORS.apply(r)));
      DigitStep.addScaled(a, stages, 0, LOW, SCALE);
    }
    RowStep.interleave(rows.size(), TOGETHER, stages);
  }

  /** Of each 128 columns the first 64 have low nibbles, the others the high ones of the same. */
  private static void codes(Assembler a, List<IntConsumer> stages, int vector, List<Mem> rows) {
    int half = vector / 2;
    DigitStep.load(a, stages, CODES, r -> rows.get(r).plus(half * VECTOR));
    stages.add(
        r -> a.op(Simd.VBROADCASTI64X4, TOPS.apply(r), rows.get(r).plus(TOPS_AT + half * 32)));
    if (vector % 2 == 0) {
      stages.add(r -> a.op(Simd.VPSLLVW, TOPS.apply(r), TOPS.apply(r), LEFT_SHIFTS));
    } else {
      stages.add(r -> a.vpsrlw(CODES.apply(r), CODES.apply(r), 4));
      stages.add(r -> a.op(Simd.VPSRLVW, TOPS.apply(r), TOPS.apply(r), RIGHT_SHIFTS));
    }
    stages.add(
        r -> a.op(Simd.VPTERNLOGD, CODES.apply(r), TOPS.apply(r), NIBBLE, SELECTED_BY_THIRD));
    stages.add(r -> a.op(Simd.VPANDD, CODES.apply(r), CODES.apply(r), SIX_BITS));
  }
}
