package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.machine.Assembler.Mem;
import io.longhaul.engine.kernel.machine.Assembler.Vec;
import java.util.List;

/**
 * Q4_K; the layout is described at the scalar decoders. As in {@link NibbleStep} weights are looked
 * up in scaled values, of which there are 16 for each group.
 */
final class Q4KStep implements RowStep {
  private static final int CODES = 16;

  private static final Vec LOW_TABLE = new Vec(8);
  private static final Vec HIGH_TABLE = new Vec(9);
  private static final Vec WEIGHTS = new Vec(10);

  /** Codes 0 to 15. */
  private static final Vec VALUES = new Vec(26);

  @Override
  public int columns() {
    return 256;
  }

  @Override
  public int bytes() {
    return 144;
  }

  @Override
  public void constants(Constants constants) {
    SixBitScales.constants(constants);
    constants.floats(VALUES, code -> code);
  }

  @Override
  public void emit(Assembler a, List<Mem> rows, Mem input, Mem scratch) {
    for (int r = 0; r < rows.size(); r++) {
      SixBitScales.unpack(a, rows.get(r), scratch.plus(r * 64));
    }
    // Two groups, a pair, lie in the low and the high halves of 32 bytes.
    for (int pair = 0; pair < 4; pair++) {
      for (int i = 0; i < 4; i++) {
        a.op(Simd.VMOVUPS, input(i), input.plus(pair * 256 + i * 64));
      }
      for (int r = 0; r < rows.size(); r++) {
        Mem scales = scratch.plus(r * 64);
        table(a, LOW_TABLE, scales, 2 * pair);
        table(a, HIGH_TABLE, scales, 2 * pair + 1);
        for (int half = 0; half < 2; half++) {
          a.op(Simd.VPMOVZXBD, codes(half), rows.get(r).plus(CODES + pair * 32 + half * 16));
          a.op(Simd.VPERMPS, WEIGHTS, codes(half), LOW_TABLE);
          a.op(Simd.VFMADD231PS, RowStep.accumulator(r), WEIGHTS, input(half));
        }
        for (int half = 0; half < 2; half++) {
          a.vpsrld(codes(half), codes(half), 4);
          a.op(Simd.VPERMPS, WEIGHTS, codes(half), HIGH_TABLE);
          a.op(Simd.VFMADD231PS, RowStep.accumulator(r), WEIGHTS, input(2 + half));
        }
      }
    }
  }

  private static void table(Assembler a, Vec to, Mem scales, int group) {
    a.op(Simd.VMULPS, to, VALUES, SixBitScales.scale(scales, group));
    a.op(Simd.VSUBPS, to, to, SixBitScales.minimum(scales, group));
  }

  private static Vec codes(int half) {
    return new Vec(12 + half);
  }

  private static Vec input(int i) {
    return new Vec(20 + i);
  }
}
