package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.Codebooks;
import io.longhaul.engine.kernel.machine.Assembler.Gp;
import io.longhaul.engine.kernel.machine.Assembler.Mem;
import io.longhaul.engine.kernel.machine.Assembler.Vec;
import io.longhaul.engine.kernel.machine.InputShorts.Sums;
import io.longhaul.engine.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.function.IntFunction;

/**
 * The types of {@link NibbleStep}, and MXFP4: codes become shorts, those of the low nibbles and
 * those of the high ones.
 *
 * @param minimum whether a block has one: its weights are not around zero then
 * @param fifths whether a fifth bit lies apart
 * @param codebook what codes stand for
 */
record NibbleAvx2Products(boolean minimum, boolean fifths, Codebook codebook) implements CodedStep {
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

  /** Blocks of a step: a line of the cache is asked for once, not for each. */
  private static final int BLOCKS = 2;

  /** Rows whose instructions alternate. */
  private static final int TOGETHER = 2;

  private static final IntFunction<Vec> LOW = Avx2.registers(8, TOGETHER);
  private static final IntFunction<Vec> HIGH = Avx2.registers(10, TOGETHER);
  private static final IntFunction<Vec> FIFTHS = Avx2.registers(12, TOGETHER);
  private static final IntFunction<Vec> SCALE = HIGH;
  private static final IntFunction<Vec> MINIMUM = FIFTHS;

  private static final Vec NIBBLE = Vec.ymm(14);

  /** Of each short another bit; or the codebook. */
  private static final Vec BITS = Vec.ymm(15);

  /** Of scales. */
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
  public InputForm input() {
    if (isLookedUp()) {
      return new InputShorts(Sums.NONE, 0);
    }
    return minimum
        ? new InputShorts(Sums.SCALED, 0)
        : new InputShorts(Sums.OFFSET, fifths ? 16 : 8);
  }

  @Override
  public int groups() {
    return BLOCKS;
  }

  @Override
  public int bytes() {
    return BLOCKS * blockBytes();
  }

  private int blockBytes() {
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
  public void emit(Assembler a, List<Mem> rows, Mem input, Mem scratch) {
    for (int i = 0; i < BLOCKS; i++) {
      int at = i * blockBytes();
      block(a, rows.stream().map(row -> row.plus(at)).toList(), input.plus(i * input().bytes()));
    }
  }

  @Override
  public boolean endsAnywhere() {
    return true;
  }

  @Override
  public void emitEnd(Assembler a, List<Mem> rows, Mem input, Mem scratch) {
    block(a, rows, input);
  }

  private void block(Assembler a, List<Mem> rows, Mem input) {
    List<IntConsumer> stages = new ArrayList<>();
    if (isLookedUp()) {
      lookUp(a, stages, rows);
    } else {
      unpack(a, stages, rows);
    }
    Avx2.multiplyShorts(a, stages, LOW, HIGH, input);
    Mem sums = input.plus(InputShorts.SUMS_AT);
    if (minimum) {
      Avx2.broadcastF16(a, stages, MINIMUM, r -> rows.get(r).plus(2));
      stages.add(r -> a.op(Simd.VFMADD231PS, Avx2.accumulator(r), MINIMUM.apply(r), sums));
    } else if (!isLookedUp()) {
      stages.add(r -> a.op(Simd.VPADDD, LOW.apply(r), LOW.apply(r), sums));
    }
    Mem inputScale = input.plus(InputShorts.SCALE_AT);
    if (codebook == Codebook.E2M1) {
      stages.add(
          r -> {
            a.movzxByte(INDEX, rows.get(r)); // one register for all rows, so at once
            a.op(Simd.VBROADCASTSS, SCALE.apply(r), Mem.of(TABLE, INDEX, 4, 0));
          });
      Avx2.addScaled(a, stages, LOW, SCALE, inputScale);
    } else {
      Avx2.addScaled(a, stages, LOW, SCALE, rows::get, inputScale);
    }
    RowStep.interleave(rows.size(), TOGETHER, stages);
  }

  private void unpack(Assembler a, List<IntConsumer> stages, List<Mem> rows) {
    stages.add(r -> a.op(Simd.VPMOVZXBW, LOW.apply(r), rows.get(r).plus(codesAt())));
    stages.add(r -> a.vpsrlw(HIGH.apply(r), LOW.apply(r), 4));
    stages.add(r -> a.op(Simd.VPANDD, LOW.apply(r), LOW.apply(r), NIBBLE));
    if (fifths) {
      addFifths(a, stages, LOW, r -> rows.get(r).plus(fifthsAt()));
      addFifths(a, stages, HIGH, r -> rows.get(r).plus(fifthsAt() + 2));
    }
  }

  /** Adds 16 to the codes whose bit is set, of sixteen bits in memory. */
  private static void addFifths(
      Assembler a, List<IntConsumer> stages, IntFunction<Vec> codes, IntFunction<Mem> bits) {
    stages.add(r -> a.op(Simd.VPBROADCASTW, FIFTHS.apply(r), bits.apply(r)));
    stages.add(r -> a.op(Simd.VPANDD, FIFTHS.apply(r), FIFTHS.apply(r), BITS));
    stages.add(r -> a.op(Simd.VPCMPEQW, FIFTHS.apply(r), FIFTHS.apply(r), BITS));
    // Minus one where it is set, so minus 16.
    stages.add(r -> a.vpsllw(FIFTHS.apply(r), FIFTHS.apply(r), 4));
    stages.add(r -> a.op(Simd.VPSUBW, codes.apply(r), codes.apply(r), FIFTHS.apply(r)));
  }

  private void lookUp(Assembler a, List<IntConsumer> stages, List<Mem> rows) {
    stages.add(r -> a.op(Simd.VMOVUPS, LOW.apply(r).xmm(), rows.get(r).plus(codesAt())));
    stages.add(r -> a.vpsrlw(HIGH.apply(r).xmm(), LOW.apply(r).xmm(), 4));
    for (IntFunction<Vec> codes : List.of(LOW, HIGH)) {
      stages.add(r -> a.op(Simd.VPANDD, codes.apply(r).xmm(), codes.apply(r).xmm(), NIBBLE.xmm()));
      stages.add(r -> a.op(Simd.VPSHUFB, codes.apply(r).xmm(), BITS.xmm(), codes.apply(r).xmm()));
      stages.add(r -> a.op(Simd.VPMOVSXBW, codes.apply(r), codes.apply(r).xmm()));
    }
  }
}
