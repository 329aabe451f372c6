package io.longhaul.engine.kernel.machine;

import static io.longhaul.engine.kernel.machine.BlockLayout.TOKENS;
import static io.longhaul.engine.kernel.machine.TileCode.VECTORS;
import static io.longhaul.engine.kernel.machine.TileCode.VECTOR_BYTES;

import io.longhaul.engine.kernel.machine.Assembler.Gp;
import io.longhaul.engine.kernel.machine.Assembler.Mem;
import io.longhaul.engine.kernel.machine.Assembler.Vec;

/**
 * The tile of {@link BlockFloatProduct}: in each block of 32 columns the sums are exact in ints,
 * two columns an instruction; then each is scaled and added to the float sum.
 */
final class BlockTileCode {
  private static final int SUMS = TOKENS * VECTORS;

  private BlockTileCode() {}

  static byte[] code() {
    return TileCode.of(
        TOKENS,
        BlockLayout.PANEL_BLOCK_BYTES,
        BlockLayout.TOKENS_BLOCK_BYTES,
        BlockTileCode::block);
  }

  private static void block(Assembler a) {
    Vec[] weights = {new Vec(16), new Vec(17)};
    Vec[] inputs = {new Vec(18), new Vec(19), new Vec(20), new Vec(21)};
    Vec[] scales = {new Vec(22), new Vec(23)};
    Vec scale = new Vec(24);
    // Vectors 8 to 15 are the sums of ints.
    for (int i = 0; i < SUMS; i++) {
      TileCode.zero(a, new Vec(SUMS + i));
    }
    for (int pair = 0; pair < BlockLayout.PAIRS; pair++) {
      for (int v = 0; v < VECTORS; v++) {
        int at = pair * BlockLayout.PAIR_BYTES + v * VECTOR_BYTES;
        a.op(Simd.VMOVUPS, weights[v], Mem.of(Gp.R10, at));
      }
      for (int t = 0; t < TOKENS; t++) {
        int at = t * BlockLayout.TOKEN_BYTES + pair * Integer.BYTES;
        a.op(Simd.VPBROADCASTD, inputs[t], Mem.of(Gp.R11, at));
        for (int v = 0; v < VECTORS; v++) {
          a.op(Simd.VPDPWSSD, new Vec(SUMS + t * VECTORS + v), weights[v], inputs[t]);
        }
      }
    }
    for (int v = 0; v < VECTORS; v++) {
      int at = BlockLayout.PANEL_SCALES + v * VECTOR_BYTES;
      a.op(Simd.VMOVUPS, scales[v], Mem.of(Gp.R10, at));
    }
    for (int i = 0; i < SUMS; i++) {
      int at = BlockLayout.TOKEN_SCALES + i / VECTORS * Float.BYTES;
      Vec sum = new Vec(SUMS + i);
      a.op(Simd.VCVTDQ2PS, sum, sum);
      a.op(Simd.VMULPS, scale, scales[i % VECTORS], Mem.of(Gp.R11, at).toAll());
      a.op(Simd.VFMADD231PS, new Vec(i), sum, scale);
    }
  }
}
