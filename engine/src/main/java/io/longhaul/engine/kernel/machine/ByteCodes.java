package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.machine.Assembler.Mem;
import io.longhaul.engine.kernel.machine.Assembler.Vec;
import java.util.Optional;
import java.util.function.IntFunction;

/**
 * Products with 64 weights whose codes have been unpacked to signed bytes of one register: widened
 * to four vectors of floats, which are scaled.
 *
 * @param scale where vector i's scale is
 * @param minimum where the minimum is that is subtracted from vector i
 */
record ByteCodes(IntFunction<Mem> scale, Optional<IntFunction<Mem>> minimum) {
  static final int COLUMNS = 64;

  private static final int VECTORS = 4;
  private static final int VECTOR = 64;

  /** Takes registers 20 to 23. */
  static void loadInput(Assembler a, Mem input) {
    for (int i = 0; i < VECTORS; i++) {
      a.op(Simd.VMOVUPS, input(i), input.plus(i * VECTOR));
    }
  }

  /** Adds to a row's accumulator; takes registers 8 to 11. */
  void multiply(Assembler a, Vec codes, int row) {
    for (int i = 0; i < VECTORS; i++) {
      Vec weights = new Vec(8 + i);
      if (i == 0) {
        a.op(Simd.VPMOVSXBD, weights, codes.xmm());
      } else {
        a.store(Simd.VEXTRACTF32X4, weights.xmm(), codes, i);
        a.op(Simd.VPMOVSXBD, weights, weights.xmm());
      }
      a.op(Simd.VCVTDQ2PS, weights, weights);
      a.op(Simd.VMULPS, weights, weights, scale.apply(i));
      if (minimum.isPresent()) {
        a.op(Simd.VSUBPS, weights, weights, minimum.get().apply(i));
      }
      a.op(Simd.VFMADD231PS, RowStep.accumulator(row), weights, input(i));
    }
  }

  private static Vec input(int i) {
    return new Vec(20 + i);
  }
}
