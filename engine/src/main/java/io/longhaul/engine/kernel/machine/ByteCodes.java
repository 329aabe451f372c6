package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.machine.Assembler.Mem;
import io.longhaul.engine.kernel.machine.Assembler.Vec;
import java.util.List;
import java.util.Optional;
import java.util.function.IntConsumer;
import java.util.function.IntFunction;

/**
 * Products with 64 weights whose codes have been unpacked to signed bytes of one register: widened
 * to four vectors of floats, which are scaled.
 *
 * @param scale where a vector's scale is
 * @param minimum where the minimum is that is subtracted from a vector
 */
record ByteCodes(Factor scale, Optional<Factor> minimum) {
  /** Where a number is that all of a vector share. */
  interface Factor {
    Mem at(int row, int vector);
  }

  private static final IntFunction<Vec> WEIGHTS = RowStep.registers(8);

  static final int COLUMNS = 64;

  private static final int VECTORS = 4;
  private static final int LANES = 16;

  /** Takes registers 20 to 23. */
  static void loadInput(RowStep.Use use, int column) {
    for (int i = 0; i < VECTORS; i++) {
      use.loadInput(input(i), column + i * LANES);
    }
  }

  /** Decodes 64 columns and has them used; takes registers 8 to 11. */
  void use(
      Assembler a, List<IntConsumer> stages, IntFunction<Vec> codes, RowStep.Use use, int column) {
    for (int i = 0; i < VECTORS; i++) {
      int vector = i;
      if (i == 0) {
        stages.add(r -> a.op(Simd.VPMOVSXBD, weights(r), codes.apply(r).xmm()));
      } else {
        stages.add(r -> a.store(Simd.VEXTRACTF32X4, weights(r).xmm(), codes.apply(r), vector));
        stages.add(r -> a.op(Simd.VPMOVSXBD, weights(r), weights(r).xmm()));
      }
      stages.add(r -> a.op(Simd.VCVTDQ2PS, weights(r), weights(r)));
      stages.add(r -> a.op(Simd.VMULPS, weights(r), weights(r), scale.at(r, vector)));
      minimum.ifPresent(
          m -> stages.add(r -> a.op(Simd.VSUBPS, weights(r), weights(r), m.at(r, vector))));
      stages.add(r -> use.use(r, column + vector * LANES, weights(r), input(vector)));
    }
  }

  private static Vec weights(int row) {
    return WEIGHTS.apply(row);
  }

  private static Vec input(int i) {
    return new Vec(20 + i);
  }
}
