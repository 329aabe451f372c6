package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.machine.Assembler.Mem;
import io.longhaul.engine.kernel.machine.Assembler.Vec;
import java.util.List;
import java.util.Optional;

/**
 * What the decoders for AVX2 have in common: 32 weights whose codes have been unpacked to signed
 * bytes of one register become floats, are scaled and stored.
 *
 * @param scales of the first and of the last sixteen
 * @param offset what is done with a minimum after scaling, for 32 weights at once
 */
record ByteCodesAvx2(List<Vec> scales, Optional<Offset> offset) {
  /**
   * A minimum.
   *
   * @param op that adds or subtracts it: weights are rounded twice, as the decoders do
   */
  record Offset(Simd op, Vec minimum) {}

  static final int COLUMNS = 32;

  private static final int LANES = 8;
  private static final int VECTORS = COLUMNS / LANES;

  /** For VPSHUFD: the upper half in both halves. */
  private static final int UPPER_HALF = 0xEE;

  /** Takes registers 0 to 3; the codes are overwritten. */
  void store(Assembler a, Vec codes, Mem floats) {
    Vec[] weights = {Vec.ymm(0), Vec.ymm(1), Vec.ymm(2), Vec.ymm(3)};
    a.op(Simd.VPMOVSXBD, weights[0], codes.xmm());
    a.op(Simd.VPSHUFD, weights[1].xmm(), codes.xmm(), UPPER_HALF);
    a.store(Simd.VEXTRACTF32X4, codes.xmm(), codes, 1);
    a.op(Simd.VPMOVSXBD, weights[1], weights[1].xmm());
    a.op(Simd.VPMOVSXBD, weights[2], codes.xmm());
    a.op(Simd.VPSHUFD, weights[3].xmm(), codes.xmm(), UPPER_HALF);
    a.op(Simd.VPMOVSXBD, weights[3], weights[3].xmm());
    for (int i = 0; i < VECTORS; i++) {
      Vec w = weights[i];
      a.op(Simd.VCVTDQ2PS, w, w);
      a.op(Simd.VMULPS, w, w, scales.get(i / 2));
      offset.ifPresent(o -> a.op(o.op, w, w, o.minimum));
      a.store(Simd.VMOVUPS_STORE, floats.plus(i * LANES * Float.BYTES), w);
    }
  }

  /** One f16 in all lanes, as floats. */
  static void broadcastF16(Assembler a, Vec to, Mem from) {
    a.op(Simd.VPBROADCASTW, to.xmm(), from);
    a.op(Simd.VCVTPH2PS, to, to.xmm());
  }
}
