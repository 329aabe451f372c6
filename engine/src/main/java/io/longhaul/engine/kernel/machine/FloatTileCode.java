package io.longhaul.engine.kernel.machine;

import static io.longhaul.engine.kernel.machine.FloatPanelProduct.TOKENS;
import static io.longhaul.engine.kernel.machine.TileCode.VECTORS;
import static io.longhaul.engine.kernel.machine.TileCode.VECTOR_BYTES;

import io.longhaul.engine.kernel.machine.Assembler.Gp;
import io.longhaul.engine.kernel.machine.Assembler.Mem;
import io.longhaul.engine.kernel.machine.Assembler.Vec;

/** The tile of {@link FloatPanelProduct}: a fused addition for each column. */
final class FloatTileCode {
  private FloatTileCode() {}

  static byte[] code() {
    return TileCode.of(
        TOKENS,
        FloatPanelProduct.PANEL_BLOCK_BYTES,
        FloatPanelProduct.TOKENS_BLOCK_BYTES,
        FloatTileCode::block);
  }

  private static void block(Assembler a) {
    Vec[] weights = {new Vec(16), new Vec(17)};
    Vec[] inputs = {new Vec(18), new Vec(19)};
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
          a.op(Simd.VFMADD231PS, new Vec(t * VECTORS + v), weights[v], input);
        }
      }
    }
  }
}
