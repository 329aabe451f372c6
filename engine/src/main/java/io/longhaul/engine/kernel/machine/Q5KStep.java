package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.machine.Assembler.Mem;
import io.longhaul.engine.kernel.machine.Assembler.Vec;
import java.util.List;
import java.util.Optional;

/** Q5_K; the layout is described at the scalar decoders. */
final class Q5KStep implements RowStep {
  private static final int FIFTHS = 16;
  private static final int CODES = 48;
  private static final int PAIRS = 4;

  private static final Vec LOWS = new Vec(12);
  private static final Vec TOPS = new Vec(13);
  private static final Vec LOW_NIBBLES = new Vec(26);
  private static final Vec FIFTH_BITS = new Vec(25);

  /** None for the group in the lower half of the register, a nibble for the other. */
  private static final Vec SHIFTS = new Vec(24);

  private static final List<Vec> ROTATIONS =
      List.of(new Vec(14), new Vec(15), new Vec(18), new Vec(19));

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
  public void emit(Assembler a, List<Mem> rows, Mem input, Mem scratch) {
    for (int r = 0; r < rows.size(); r++) {
      SixBitScales.unpack(a, rows.get(r), scratch.plus(r * 64));
    }
    // Two groups, a pair, lie in the low and the high halves of 32 bytes.
    for (int pair = 0; pair < PAIRS; pair++) {
      int firstGroup = 2 * pair;
      ByteCodes.loadInput(a, input.plus(pair * ByteCodes.COLUMNS * Float.BYTES));
      for (int r = 0; r < rows.size(); r++) {
        Mem block = rows.get(r);
        a.op(Simd.VBROADCASTI64X4, LOWS, block.plus(CODES + pair * 32));
        a.op(Simd.VBROADCASTI64X4, TOPS, block.plus(FIFTHS));
        a.op(Simd.VPSRLVD, LOWS, LOWS, SHIFTS);
        a.op(Simd.VPROLVD, TOPS, TOPS, ROTATIONS.get(pair));
        a.op(Simd.VPANDD, LOWS, LOWS, LOW_NIBBLES);
        a.op(Simd.VPTERNLOGD, LOWS, TOPS, FIFTH_BITS, OR_MASKED);
        Mem scales = scratch.plus(r * 64);
        new ByteCodes(
                i -> SixBitScales.scale(scales, firstGroup + i / 2),
                Optional.of(i -> SixBitScales.minimum(scales, firstGroup + i / 2)))
            .multiply(a, LOWS, r);
      }
    }
  }
}
