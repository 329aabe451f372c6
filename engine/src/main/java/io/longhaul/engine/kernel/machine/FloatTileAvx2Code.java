package io.longhaul.engine.kernel.machine;

import static io.longhaul.engine.kernel.machine.FloatPanelProduct.TOKENS;
import static io.longhaul.engine.kernel.machine.TileAvx2Code.VECTORS;
import static io.longhaul.engine.kernel.machine.TileAvx2Code.VECTOR_BYTES;

import io.longhaul.engine.kernel.machine.Assembler.Gp;
import io.longhaul.engine.kernel.machine.Assembler.Mem;
import io.longhaul.engine.kernel.machine.Assembler.Vec;

/** The tile of {@link FloatPanelProduct} for AVX2, with the results of {@link FloatTileCode}. */
final class FloatTileAvx2Code {
  private FloatTileAvx2Code() {}

  static byte[] code() {
    return TileAvx2Code.of(
        TOKENS,
        FloatPanelProduct.PANEL_BLOCK_BYTES,
        FloatPanelProduct.TOKENS_BLOCK_BYTES,
        a -> {},
        FloatTileAvx2Code::block,
        a -> {});
  }

  private static void block(Assembler a) {
    Vec[] weights = {Vec.ymm(12), Vec.ymm(13)};
    Vec[] inputs = {Vec.ymm(14), Vec.ymm(15)};
    for (int c = 0; c < BlockLayout.COLUMNS; c++) {
      int column = FloatPanelProduct.columnAt(c);
      for (int v = 0; v < VECTORS; v++) {
        a.op(Simd.VMOVUPS, weights[v], Mem.of(Gp.R10, column + v * VECTOR_BYTES));
      }
      for (int t = 0; t < TOKENS; t++) {
        int at = t * FloatPanelProduct.TOKEN_BYTES + c * Float.BYTES;
        Vec input = inputs[t % inputs.length];
        a.op(Simd.VBROADCASTSS, input, Mem.of(Gp.R11, at));
        for (int v = 0; v < VECTORS; v++) {
          a.op(Simd.VFMADD231PS, Vec.ymm(t * VECTORS + v), weights[v], input);
        }
      }
    }
  }
}
