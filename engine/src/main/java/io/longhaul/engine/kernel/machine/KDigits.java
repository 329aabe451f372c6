package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.machine.Assembler.Mem;
import io.longhaul.engine.kernel.machine.Assembler.Vec;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.function.IntFunction;

/**
 * Q4_K and Q5_K: d, dmin, eight scales and eight minima of six bits, for Q5_K 32 bytes of fifth
 * bits, and 128 bytes with the codes of 32 columns low and of the next 32 columns high; the layout
 * is described at the scalar decoders.
 */
record KDigits(boolean fifths) implements DigitStep {
  private static final InputDigits DIGITS = InputDigits.nibblesOf64();
  private static final int HEAD_BYTES = 16;
  private static final int FIFTHS_BYTES = 32;
  private static final int VECTOR = 64;

  /** Blocks from this one on have the upper two bits of their six elsewhere. */
  private static final int SPLIT = 4;

  /** Rows whose heads are unpacked together. */
  private static final int HEADS = 4;

  /** Rows whose instructions alternate. */
  private static final int TOGETHER = 2;

  private static final IntFunction<Vec> PART = registers(8);
  private static final IntFunction<Vec> HIGH = registers(10);
  private static final IntFunction<Vec> LOW = registers(12);
  private static final IntFunction<Vec> FACTORS = registers(14);
  private static final IntFunction<Vec> SCALE = registers(16);
  private static final Vec LATE = new Vec(8);
  private static final Vec TOPS = new Vec(9);
  private static final Vec SHIFTS = new Vec(10);

  /** Which of the sixteen factors are a vector's scales. */
  private static final List<Vec> SCALES =
      List.of(new Vec(26), new Vec(27), new Vec(28), new Vec(29));

  private static final Vec FACTOR = new Vec(30);
  private static final Vec NIBBLE = new Vec(31);
  private static final Vec FIFTH_BIT = new Vec(25);

  // Constants in memory, behind the unpacked heads of four rows.
  private static final int LATE_PLACES_AT = VECTOR;
  private static final int TOP_PLACES_AT = 2 * VECTOR;
  private static final int SHIFTS_AT = 3 * VECTOR;
  private static final int BITS_AT = 4 * VECTOR;
  private static final int TOP_BITS_AT = 5 * VECTOR;

  static DigitStep q4() {
    return new KDigits(false);
  }

  static DigitStep q5() {
    return new KDigits(true);
  }

  private static IntFunction<Vec> registers(int first) {
    return RowStep.registers(first, TOGETHER);
  }

  @Override
  public InputDigits digits() {
    return DIGITS;
  }

  @Override
  public int bytes() {
    return codesAt() + DIGITS.columns() / 2;
  }

  private int codesAt() {
    return HEAD_BYTES + (fifths ? FIFTHS_BYTES : 0);
  }

  @Override
  public void constants(Constants constants) {
    // Of an unpacked head byte 2i is block i's scale, byte 2i + 1 its minimum.
    constants.each(NIBBLE, i -> block(i) < SPLIT ? 4 + block(i) + 4 * (i % 2) : 8 + block(i));
    constants.store(LATE_PLACES_AT, NIBBLE);
    constants.each(NIBBLE, i -> block(i) < SPLIT ? 0x80 : block(i) + 4 * (i % 2));
    constants.store(TOP_PLACES_AT, NIBBLE);
    constants.each(NIBBLE, i -> i % 8 * 8 + (block(i) < SPLIT ? 0 : 4 * (i % 2)));
    constants.store(SHIFTS_AT, NIBBLE);
    constants.each(NIBBLE, i -> block(i) < SPLIT ? 0x3F : 0x0F);
    constants.store(BITS_AT, NIBBLE);
    constants.bytes(NIBBLE, 0x30);
    constants.store(TOP_BITS_AT, NIBBLE);
    for (int vector = 0; vector < DIGITS.vectors(); vector++) {
      int first = block(vector, 0);
      int second = block(vector, 1);
      constants.ints(SCALES.get(vector), lane -> 2 * (lane < 8 ? first : second));
    }
    constants.ints(FACTOR, HIGH_FACTOR);
    constants.bytes(FIFTH_BIT, 0x10);
    constants.bytes(NIBBLE, 0x0F);
  }

  private static int block(int placeInHead) {
    return placeInHead % HEAD_BYTES / 2;
  }

  /** The 32 columns that are in a half of a vector of codes: 0 and 2, 1 and 3, and so on. */
  private static int block(int vector, int half) {
    return vector / 2 * 4 + vector % 2 + 2 * half;
  }

  @Override
  public void emit(Assembler a, List<Mem> rows, Mem input, Mem scratch) {
    for (int first = 0; first < rows.size(); first += HEADS) {
      List<Mem> some = rows.subList(first, Math.min(rows.size(), first + HEADS));
      unpackHeads(a, some, scratch);
      emit(a, first, some, input, scratch);
    }
  }

  /** Leaves the scales and minima of up to four rows in memory, sixteen bytes each. */
  private static void unpackHeads(Assembler a, List<Mem> rows, Mem scratch) {
    Vec heads = TOPS;
    a.op(Simd.VMOVUPS, heads.xmm(), rows.getFirst());
    for (int i = 1; i < rows.size(); i++) {
      a.op(Simd.VINSERTF32X4, heads, heads, rows.get(i), i);
    }
    a.op(Simd.VPSHUFB, LATE, heads, scratch.plus(LATE_PLACES_AT));
    a.op(Simd.VPSHUFB, TOPS, heads, scratch.plus(TOP_PLACES_AT));
    a.op(Simd.VMOVUPS, SHIFTS, scratch.plus(SHIFTS_AT));
    a.op(Simd.VPMULTISHIFTQB, LATE, SHIFTS, LATE);
    a.vpsrlw(TOPS, TOPS, 2);
    a.op(Simd.VPANDD, LATE, LATE, scratch.plus(BITS_AT));
    a.op(Simd.VPTERNLOGD, LATE, TOPS, scratch.plus(TOP_BITS_AT), RowStep.OR_MASKED);
    a.store(Simd.VMOVUPS_STORE, scratch, LATE);
  }

  private void emit(Assembler a, int first, List<Mem> rows, Mem input, Mem scratch) {
    List<IntConsumer> stages = new ArrayList<>();
    stages.add(r -> a.op(Simd.VPBROADCASTD, SCALE.apply(r).ymm(), rows.get(r)));
    stages.add(r -> a.op(Simd.VPMOVZXBD, FACTORS.apply(r), scratch.plus(r % HEADS * HEAD_BYTES)));
    stages.add(r -> a.op(Simd.VCVTPH2PS, SCALE.apply(r), SCALE.apply(r).ymm()));
    stages.add(r -> a.op(Simd.VCVTDQ2PS, FACTORS.apply(r), FACTORS.apply(r)));
    Mem inputScale = input.plus(DIGITS.scaleAt()).toAll();
    stages.add(r -> a.op(Simd.VMULPS, SCALE.apply(r), SCALE.apply(r), inputScale));
    stages.add(r -> a.op(Simd.VMULPS, FACTORS.apply(r), FACTORS.apply(r), SCALE.apply(r)));
    Mem sums = input.plus(DIGITS.sumsAt(0));
    stages.add(r -> a.op(Simd.VFMADD231PS, RowStep.accumulator(first + r), FACTORS.apply(r), sums));
    for (int v = 0; v < DIGITS.vectors(); v++) {
      int vector = v;
      int codes = codesAt() + vector / 2 * VECTOR;
      if (vector % 2 == 0) {
        stages.add(r -> a.op(Simd.VPANDD, PART.apply(r), NIBBLE, rows.get(r).plus(codes)));
      } else {
        DigitStep.load(a, stages, PART, r -> rows.get(r).plus(codes));
        stages.add(r -> a.vpsrlw(PART.apply(r), PART.apply(r), 4));
        stages.add(r -> a.op(Simd.VPANDD, PART.apply(r), PART.apply(r), NIBBLE));
      }
      if (fifths) {
        addFifths(a, stages, vector, rows);
      }
      DigitStep.zero(a, stages, HIGH);
      DigitStep.zero(a, stages, LOW);
      Mem high = input.plus(DIGITS.highAt(vector));
      Mem low = input.plus(DIGITS.lowAt(vector));
      stages.add(r -> a.op(Simd.VPDPBUSD, HIGH.apply(r), PART.apply(r), high));
      stages.add(r -> a.op(Simd.VPDPBUSD, LOW.apply(r), PART.apply(r), low));
      DigitStep.addDigits(a, stages, LOW, HIGH, FACTOR);
      stages.add(r -> a.op(Simd.VPERMPS, SCALE.apply(r), SCALES.get(vector), FACTORS.apply(r)));
      DigitStep.addScaled(a, stages, first, LOW, SCALE);
    }
    RowStep.interleave(rows.size(), TOGETHER, stages);
  }

  /** Bit i of a byte belongs to block i: here to one in the lower half, another in the upper. */
  private void addFifths(Assembler a, List<IntConsumer> stages, int vector, List<Mem> rows) {
    // The bits of the lower half where they belong; those of the upper one are two higher up.
    int up = 4 - block(vector, 0);
    stages.add(r -> a.op(Simd.VBROADCASTI64X4, HIGH.apply(r), rows.get(r).plus(HEAD_BYTES)));
    stages.add(r -> shift(a, LOW.apply(r).ymm(), HIGH.apply(r).ymm(), up));
    stages.add(r -> shift(a, HIGH.apply(r), HIGH.apply(r), up - 2));
    stages.add(r -> a.op(Simd.VINSERTF64X4, HIGH.apply(r), HIGH.apply(r), LOW.apply(r).ymm(), 0));
    stages.add(
        r -> a.op(Simd.VPTERNLOGD, PART.apply(r), HIGH.apply(r), FIFTH_BIT, RowStep.OR_MASKED));
  }

  private static void shift(Assembler a, Vec to, Vec from, int up) {
    if (up >= 0) {
      a.vpsllw(to, from, up);
    } else {
      a.vpsrlw(to, from, -up);
    }
  }
}
