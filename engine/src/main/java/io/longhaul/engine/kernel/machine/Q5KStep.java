package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.machine.Assembler.Mem;
import io.longhaul.engine.kernel.machine.Assembler.Vec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntConsumer;
import java.util.function.IntFunction;

/** Q5_K; the layout is described at the scalar decoders. */
final class Q5KStep implements RowStep {
  private static final int FIFTHS = 16;
  private static final int CODES = 48;
  private static final int PAIRS = 4;

  private static final IntFunction<Vec> LOWS = RowStep.registers(12);

  /** Those of the weights, which come later. */
  private static final IntFunction<Vec> TOPS = RowStep.registers(8);

  private static final Vec LOW_NIBBLES = new Vec(26);
  private static final Vec FIFTH_BITS = new Vec(25);

  /** None for the group in the lower half of the register, a nibble for the other. */
  private static final Vec SHIFTS = new Vec(24);

  private static final List<Vec> ROTATIONS =
      List.of(new Vec(16), new Vec(17), new Vec(18), new Vec(19));

  @Override
  public int columns() {
    return 256;
  }

  @Override
  public int bytes() {
    return 176;
  }

  @Override
  public void constants(Constants constants) {
    SixBitScales.constants(constants);
    constants.bytes(LOW_NIBBLES, 0x0F);
    constants.bytes(FIFTH_BITS, 0x10);
    constants.ints(SHIFTS, lane -> lane / 8 * 4);
    for (int pair = 0; pair < PAIRS; pair++) {
      // Bit 2 · pair or the next one is to become bit 4.
      int left = 4 - 2 * pair;
      constants.ints(ROTATIONS.get(pair), lane -> left - lane / 8);
    }
  }

  @Override
  public void emit(Assembler a, List<Mem> rows, Use use, Mem scratch) {
    for (int r = 0; r < rows.size(); r++) {
      SixBitScales.unpack(a, rows.get(r), scratch.plus(r * 64));
    }
    // Two groups, a pair, lie in the low and the high halves of 32 bytes.
    for (int pair = 0; pair < PAIRS; pair++) {
      int firstGroup = 2 * pair;
      int column = pair * ByteCodes.COLUMNS;
      ByteCodes.loadInput(use, column);
      int at = CODES + pair * 32;
      Vec rotation = ROTATIONS.get(pair);
      List<IntConsumer> stages = new ArrayList<>();
      stages.add(r -> a.op(Simd.VBROADCASTI64X4, LOWS.apply(r), rows.get(r).plus(at)));
      stages.add(r -> a.op(Simd.VBROADCASTI64X4, TOPS.apply(r), rows.get(r).plus(FIFTHS)));
      stages.add(r -> a.op(Simd.VPSRLVD, LOWS.apply(r), LOWS.apply(r), SHIFTS));
      stages.add(r -> a.op(Simd.VPROLVD, TOPS.apply(r), TOPS.apply(r), rotation));
      stages.add(r -> a.op(Simd.VPANDD, LOWS.apply(r), LOWS.apply(r), LOW_NIBBLES));
      stages.add(r -> a.op(Simd.VPTERNLOGD, LOWS.apply(r), TOPS.apply(r), FIFTH_BITS, OR_MASKED));
      new ByteCodes(
              (r, i) -> SixBitScales.scale(scratch.plus(r * 64), firstGroup + i / 2),
              Optional.of((r, i) -> SixBitScales.minimum(scratch.plus(r * 64), firstGroup + i / 2)))
          .use(a, stages, LOWS, use, column);
      RowStep.interleave(rows.size(), stages);
    }
  }
}
