package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.Codebooks;
import io.longhaul.engine.kernel.machine.Assembler.Mem;
import io.longhaul.engine.kernel.machine.Assembler.Vec;
import io.longhaul.engine.kernel.machine.InputShorts.Sums;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.function.IntFunction;

/**
 * The types of {@link NibbleStep}: codes become shorts, those of the low nibbles and those of the
 * high ones.
 *
 * @param minimum whether a block has one: its weights are not around zero then
 * @param fifths whether a fifth bit lies apart
 * @param codebook whether codes stand for the numbers of {@link Codebooks#iq4}
 */
record NibbleAvx2Products(boolean minimum, boolean fifths, boolean codebook) implements CodedStep {
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

  static CodedStep q4_0() {
    return new NibbleAvx2Products(false, false, false);
  }

  static CodedStep q4_1() {
    return new NibbleAvx2Products(true, false, false);
  }

  static CodedStep q5_0() {
    return new NibbleAvx2Products(false, true, false);
  }

  static CodedStep q5_1() {
    return new NibbleAvx2Products(true, true, false);
  }

  static CodedStep iq4Nl() {
    return new NibbleAvx2Products(false, false, true);
  }

  @Override
  public InputForm input() {
    if (codebook) {
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
    return fifthsAt() + (fifths ? 4 : 0);
  }

  @Override
  public void constants(Constants constants) {
    constants.ints(NIBBLE, codebook ? 0x0F0F_0F0F : 0x000F_000F);
    if (codebook) {
      constants.each(BITS, i -> Codebooks.iq4()[i % 16]);
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
    if (codebook) {
      lookUp(a, stages, rows);
    } else {
      unpack(a, stages, rows);
    }
    Avx2.multiplyShorts(a, stages, LOW, HIGH, input);
    Mem sums = input.plus(InputShorts.SUMS_AT);
    if (minimum) {
      Avx2.broadcastF16(a, stages, MINIMUM, r -> rows.get(r).plus(2));
      stages.add(r -> a.op(Simd.VFMADD231PS, Avx2.accumulator(r), MINIMUM.apply(r), sums));
    } else if (!codebook) {
      stages.add(r -> a.op(Simd.VPADDD, LOW.apply(r), LOW.apply(r), sums));
    }
    Avx2.addScaled(a, stages, LOW, SCALE, rows::get, input.plus(InputShorts.SCALE_AT));
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
