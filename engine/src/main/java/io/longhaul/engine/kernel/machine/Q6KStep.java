package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.machine.Assembler.Mem;
import io.longhaul.engine.kernel.machine.Assembler.Vec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntConsumer;
import java.util.function.IntFunction;

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
  private static final IntFunction<Vec> CODES = RowStep.registers(12);
  private static final IntFunction<Vec> TOPS = RowStep.registers(16);
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
  public void emit(Assembler a, List<Mem> rows, Use use, Mem scratch) {
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
      int column = quarter * ByteCodes.COLUMNS;
      ByteCodes.loadInput(use, column);
      List<IntConsumer> stages = new ArrayList<>();
      stages.add(r -> a.op(Simd.VMOVUPS, CODES.apply(r), rows.get(r).plus(half * 64)));
      stages.add(
          r -> a.op(Simd.VBROADCASTI64X4, TOPS.apply(r), rows.get(r).plus(TOPS_AT + half * 32)));
      if (high) {
        stages.add(r -> a.vpsrld(CODES.apply(r), CODES.apply(r), 4));
      }
      Vec rotation = ROTATIONS.get(quarter % 2);
      stages.add(r -> a.op(Simd.VPROLVD, TOPS.apply(r), TOPS.apply(r), rotation));
      stages.add(r -> a.op(Simd.VPANDD, CODES.apply(r), CODES.apply(r), LOW_NIBBLES));
      stages.add(r -> a.op(Simd.VPTERNLOGD, CODES.apply(r), TOPS.apply(r), TOP_BITS, OR_MASKED));
      stages.add(r -> a.op(Simd.VPSUBB, CODES.apply(r), CODES.apply(r), ZERO_CODES));
      // A scale for each 16 weights.
      Mem scales = scratch.plus(quarter * 4 * Float.BYTES);
      new ByteCodes((r, i) -> scales.plus(r * 64 + i * Float.BYTES).toAll(), Optional.empty())
          .use(a, stages, CODES, use, column);
      RowStep.interleave(rows.size(), stages);
    }
  }
}
