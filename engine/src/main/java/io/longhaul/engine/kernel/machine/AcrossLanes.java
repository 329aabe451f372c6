package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.machine.Assembler.Vec;

/** Combines the floats of one vector. */
final class AcrossLanes {
  /** What brings the other two, and then the other one, of four floats to a lane. */
  private static final int[] HALVES = {0x4E, 0xB1};

  private AcrossLanes() {}

  /**
   * Leaves in each lane what all lanes combine to: halves first, then quarters, and so on.
   *
   * @param op such as {@link Simd#VADDPS}
   * @param other may be overwritten
   */
  static void combine(Assembler a, InstructionSet set, Simd op, Vec vec, Vec other) {
    switch (set) {
      case AVX512 -> {
        for (int lanes = set.lanes() / 2; lanes > 0; lanes /= 2) {
          a.op(Simd.VALIGND, other, vec, vec, lanes);
          a.op(op, vec, vec, other);
        }
      }
      case AVX2 -> {
        a.store(Simd.VEXTRACTF32X4, other.xmm(), vec, 1);
        a.op(op, vec.xmm(), vec.xmm(), other.xmm());
        for (int half : HALVES) {
          a.op(Simd.VPSHUFD, other.xmm(), vec.xmm(), half);
          a.op(op, vec.xmm(), vec.xmm(), other.xmm());
        }
        a.op(Simd.VBROADCASTSS, vec, vec.xmm());
      }
    }
  }
}
