package io.longhaul.engine.kernel.machine;

import static io.longhaul.engine.kernel.machine.BlockLayout.TOKENS;
import static io.longhaul.engine.kernel.machine.TileAvx2Code.VECTORS;
import static io.longhaul.engine.kernel.machine.TileAvx2Code.VECTOR_BYTES;

import io.longhaul.engine.kernel.machine.Assembler.Gp;
import io.longhaul.engine.kernel.machine.Assembler.Mem;
import io.longhaul.engine.kernel.machine.Assembler.Vec;

/**
 * The tile of {@link BlockFloatProduct} for AVX2, with the results of {@link BlockTileCode}: the
 * exact sums of a block are in registers, those of floats in memory.
 */
final class BlockTileAvx2Code {
  private static final int SUMS = TOKENS * VECTORS;

  private BlockTileAvx2Code() {}

  static byte[] code() {
    return TileAvx2Code.of(
        TOKENS,
        BlockLayout.PANEL_BLOCK_BYTES,
        BlockLayout.TOKENS_BLOCK_BYTES,
        BlockTileAvx2Code::keep,
        BlockTileAvx2Code::block,
        BlockTileAvx2Code::bringBack);
  }

  private static void keep(Assembler a) {
    for (int i = 0; i < SUMS; i++) {
      a.store(Simd.VMOVUPS_STORE, kept(i), sum(i));
    }
  }

  private static void bringBack(Assembler a) {
    for (int i = 0; i < SUMS; i++) {
      a.op(Simd.VMOVUPS, sum(i), kept(i));
    }
  }

  /** Where a sum of floats is while that of ints is in its vector. */
  private static Mem kept(int sum) {
    return Mem.of(Gp.R13, PanelProduct.SUMS_AT + sum * VECTOR_BYTES);
  }

  private static void block(Assembler a) {
    Vec[] weights = {Vec.ymm(8), Vec.ymm(9)};
    Vec[] inputs = {Vec.ymm(10), Vec.ymm(11)};
    Vec[] products = {Vec.ymm(12), Vec.ymm(13)};
    for (int pair = 0; pair < BlockLayout.PAIRS; pair++) {
      for (int v = 0; v < VECTORS; v++) {
        int at = pair * BlockLayout.PAIR_BYTES + v * VECTOR_BYTES;
        a.op(Simd.VMOVUPS, weights[v], Mem.of(Gp.R10, at));
      }
      for (int t = 0; t < TOKENS; t++) {
        Vec input = inputs[t % 2];
        int at = t * BlockLayout.TOKEN_BYTES + pair * Integer.BYTES;
        a.op(Simd.VPBROADCASTD, input, Mem.of(Gp.R11, at));
        int first = t * VECTORS;
        for (int v = 0; v < VECTORS; v++) {
          a.op(Simd.VPMADDWD, pair == 0 ? sum(first + v) : products[v], weights[v], input);
        }
        // Behind both products: in turns with them, additions take units that products need.
        for (int v = 0; v < VECTORS && pair > 0; v++) {
          a.op(Simd.VPADDD, sum(first + v), sum(first + v), products[v]);
        }
      }
    }
    Vec[] scales = weights;
    for (int v = 0; v < VECTORS; v++) {
      int at = BlockLayout.PANEL_SCALES + v * VECTOR_BYTES;
      a.op(Simd.VMOVUPS, scales[v], Mem.of(Gp.R10, at));
    }
    for (int i = 0; i < SUMS; i++) {
      Vec scale = inputs[i % 2];
      Vec tokenScale = products[0];
      if (i % VECTORS == 0) {
        int at = BlockLayout.TOKEN_SCALES + i / VECTORS * Float.BYTES;
        a.op(Simd.VBROADCASTSS, tokenScale, Mem.of(Gp.R11, at));
      }
      a.op(Simd.VCVTDQ2PS, sum(i), sum(i));
      a.op(Simd.VMULPS, scale, scales[i % VECTORS], tokenScale);
      a.op(Simd.VFMADD213PS, sum(i), scale, kept(i));
      a.store(Simd.VMOVUPS_STORE, kept(i), sum(i));
    }
  }

  private static Vec sum(int i) {
    return Vec.ymm(i);
  }
}
