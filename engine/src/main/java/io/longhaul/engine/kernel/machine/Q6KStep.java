package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.machine.Assembler.Mem;
import io.longhaul.engine.kernel.machine.Assembler.Vec;
import java.util.List;
import java.util.Optional;

/**
 * Q6_K; the layout is described at the scalar decoders. 64 consecutive weights lie in the low or
 * the high halves of 64 bytes, and two of their bits in 32 others, each byte of which serves two of
 * them.
 */
final class Q6KStep implements RowStep {
  private static final int TOPS_AT = 128;
  private static final int SCALES_AT = 192;
  private static final int D_AT = 208;

  private static final Vec D = new Vec(8);
  private static final Vec SCALES = new Vec(9);
  private static final Vec CODES = new Vec(12);
  private static final Vec TOPS = new Vec(13);
  private static final Vec LOW_NIBBLES = new Vec(31);
  private static final Vec TOP_BITS = new Vec(30);
  private static final Vec ZERO_CODES = new Vec(29);

  /** What brings a half's first or last 64 top bits to bit 4: the ends of bytes differ. */
  private static final List<Vec> ROTATIONS = List.of(new Vec(28), new Vec(27));

  @Override
  public int columns() {
    return 256;
  }

  @Override
  public int bytes() {
    return 210;
  }

  @Override
  public void constants(Constants constants) {
    constants.bytes(LOW_NIBBLES, 0x0F);
    constants.bytes(TOP_BITS, 0x30);
    constants.bytes(ZERO_CODES, 32);
    // Bits 0 and 1, then 2 and 3 in the register's upper half; the last 64 have the next four bits.
    constants.ints(ROTATIONS.get(0), lane -> 4 - lane / 8 * 2);
    constants.ints(ROTATIONS.get(1), lane -> -(lane / 8) * 2);
  }

  @Override
  public void emit(Assembler a, List<Mem> rows, Mem input, Mem scratch) {
    for (int r = 0; r < rows.size(); r++) {
      RowStep.broadcastF16(a, D, rows.get(r).plus(D_AT));
      a.op(Simd.VPMOVSXBD, SCALES, rows.get(r).plus(SCALES_AT));
      a.op(Simd.VCVTDQ2PS, SCALES, SCALES);
      a.op(Simd.VMULPS, SCALES, SCALES, D);
      a.store(Simd.VMOVUPS_STORE, scratch.plus(r * 64), SCALES);
    }
    for (int quarter = 0; quarter < 4; quarter++) {
      int half = quarter / 2;
      boolean high = quarter % 2 == 1;
      ByteCodes.loadInput(a, input.plus(quarter * ByteCodes.COLUMNS * Float.BYTES));
      for (int r = 0; r < rows.size(); r++) {
        a.op(Simd.VMOVUPS, CODES, rows.get(r).plus(half * 64));
        a.op(Simd.VBROADCASTI64X4, TOPS, rows.get(r).plus(TOPS_AT + half * 32));
        if (high) {
          a.vpsrld(CODES, CODES, 4);
        }
        a.op(Simd.VPROLVD, TOPS, TOPS, ROTATIONS.get(quarter % 2));
        a.op(Simd.VPANDD, CODES, CODES, LOW_NIBBLES);
        a.op(Simd.VPTERNLOGD, CODES, TOPS, TOP_BITS, OR_MASKED);
        a.op(Simd.VPSUBB, CODES, CODES, ZERO_CODES);
        // A scale for each 16 weights.
        Mem scales = scratch.plus(r * 64 + quarter * 4 * Float.BYTES);
        new ByteCodes(i -> scales.plus(i * Float.BYTES).toAll(), Optional.empty())
            .multiply(a, CODES, r);
      }
    }
  }
}
