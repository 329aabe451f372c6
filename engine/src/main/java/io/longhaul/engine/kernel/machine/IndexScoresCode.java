package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.machine.Assembler.Gp;
import io.longhaul.engine.kernel.machine.Assembler.Label;
import io.longhaul.engine.kernel.machine.Assembler.Mem;
import io.longhaul.engine.kernel.machine.Assembler.Vec;

/**
 * The indexer's scores of one page's positions for one token: {@code out[p] = Σ_h w[h] · relu(q[h]
 * · k[p])}. Keys are half floats in columns; a tile of eight heads and two vectors of positions has
 * its sixteen dots in registers, each key is converted once for all eight.
 *
 * <p>Arguments (System V): rdi the keys, rsi the queries, rdx the weights, rcx the scores, r8 the
 * next page's keys: their lines are asked for one by one along the way, since a burst of requests
 * would stall. In each lane the order of additions is the vector twin's.
 */
final class IndexScoresCode {
  static final int HEADS = 8;

  private static final int VECTORS = 2;
  private static final int LANES = 16;

  private IndexScoresCode() {}

  /**
   * The code for one shape of keys.
   *
   * @param heads a multiple of eight
   * @param headDim of queries and keys
   * @param pageSize positions of a page, a multiple of 32
   */
  static byte[] of(int heads, int headDim, int pageSize) {
    Assembler a = new Assembler();
    int columnBytes = pageSize * Short.BYTES;
    int headBytes = headDim * Float.BYTES;
    Vec zero = new Vec(31);
    Vec query = new Vec(30);
    Vec[] keys = {new Vec(28), new Vec(29)};
    Vec[] scores = {new Vec(26), new Vec(27)};
    a.op(Simd.VPXORD, zero, zero, zero);
    a.lea(Gp.R10, Mem.of(Gp.R8, 0));
    for (int first = 0; first < pageSize; first += VECTORS * LANES) {
      for (Vec score : scores) {
        a.op(Simd.VPXORD, score, score, score);
      }
      for (int head = 0; head < heads; head += HEADS) {
        for (int i = 0; i < HEADS * VECTORS; i++) {
          a.op(Simd.VPXORD, new Vec(i), new Vec(i), new Vec(i));
        }
        a.lea(Gp.RAX, Mem.of(Gp.RDI, first * Short.BYTES));
        a.lea(Gp.R9, Mem.of(Gp.RSI, head * headBytes));
        a.mov(Gp.R8, headDim);
        Label dimension = a.label();
        if (head == 0) {
          a.prefetcht1(Mem.of(Gp.R10, 0));
          a.add(Gp.R10, columnBytes / (pageSize / (VECTORS * LANES)));
        }
        for (int v = 0; v < VECTORS; v++) {
          a.op(Simd.VCVTPH2PS, keys[v], Mem.of(Gp.RAX, v * LANES * Short.BYTES));
        }
        for (int h = 0; h < HEADS; h++) {
          a.op(Simd.VBROADCASTSS, query, Mem.of(Gp.R9, h * headBytes));
          for (int v = 0; v < VECTORS; v++) {
            a.op(Simd.VFMADD231PS, new Vec(h * VECTORS + v), keys[v], query);
          }
        }
        a.add(Gp.RAX, columnBytes);
        a.add(Gp.R9, Float.BYTES);
        a.dec(Gp.R8);
        a.jnz(dimension);
        for (int h = 0; h < HEADS; h++) {
          for (int v = 0; v < VECTORS; v++) {
            Vec dot = new Vec(h * VECTORS + v);
            a.op(Simd.VMAXPS, dot, dot, zero);
            a.op(
                Simd.VFMADD231PS, scores[v], dot, Mem.of(Gp.RDX, (head + h) * Float.BYTES).toAll());
          }
        }
      }
      for (int v = 0; v < VECTORS; v++) {
        a.store(Simd.VMOVUPS_STORE, Mem.of(Gp.RCX, (first + v * LANES) * Float.BYTES), scores[v]);
      }
    }
    a.vzeroupper();
    a.ret();
    return a.code();
  }
}
