package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.machine.Assembler.Condition;
import io.longhaul.engine.kernel.machine.Assembler.Encoding;
import io.longhaul.engine.kernel.machine.Assembler.Gp;
import io.longhaul.engine.kernel.machine.Assembler.Label;
import io.longhaul.engine.kernel.machine.Assembler.Mem;
import io.longhaul.engine.kernel.machine.Assembler.Vec;
import java.util.List;
import java.util.function.Consumer;

/**
 * The frame of the tiles of a {@link PanelProduct} as {@link TileCode} is, with the same arguments,
 * for AVX2: there are sixteen vectors, so that half a panel passes by at a time, 16 rows in two
 * vectors.
 */
final class TileAvx2Code {
  static final int VECTORS = 2;
  static final int VECTOR_BYTES = 32;

  /** Bytes of the outputs of half a panel, and of a half of what it has for a pair of columns. */
  private static final int HALF_BYTES = VECTORS * VECTOR_BYTES;

  private static final int HALVES = 2;

  /** Bytes that a prefetch brings. */
  private static final int LINE = 64;

  private TileAvx2Code() {}

  /**
   * The code around a block.
   *
   * @param tokens of a tile
   * @param begin is emitted before the blocks of half a panel, when the sums of token t are in
   *     vectors 2 t and 2 t + 1
   * @param block emits what adds a block's products; r10 leads to the weights, r11 to the tokens,
   *     r13 to the call, and to the tokens of the next tile it is rdx bytes from r11
   * @param end is emitted behind the blocks, and brings the sums back to those vectors
   */
  static byte[] of(
      int tokens,
      int panelBlockBytes,
      int tokensBlockBytes,
      Consumer<Assembler> begin,
      Consumer<Assembler> block,
      Consumer<Assembler> end) {
    Assembler a = new Assembler(Encoding.VEX);
    List<Gp> saved = List.of(Gp.RBX, Gp.RBP, Gp.R12, Gp.R13, Gp.R14);
    saved.forEach(a::push);
    a.mov(Gp.RAX, Mem.of(Gp.R9, 0));
    a.mov(Gp.RBX, Mem.of(Gp.R9, Long.BYTES));
    a.mov(Gp.RBP, Mem.of(Gp.R9, 2 * Long.BYTES));
    a.mov(Gp.R13, Gp.R9);
    Label tile = a.label();
    a.mov(Gp.R10, Gp.RDI);
    a.mov(Gp.R12, HALVES);
    Label half = a.label();
    Label fresh = new Label();
    Label ready = new Label();
    a.cmp(Gp.RBP, 0);
    a.jump(Condition.ZERO, fresh);
    a.mov(Gp.R14, Gp.RAX);
    for (int t = 0; t < tokens; t++) {
      for (int v = 0; v < VECTORS; v++) {
        a.op(Simd.VMOVUPS, sum(t, v), Mem.of(Gp.R14, v * VECTOR_BYTES));
      }
      a.add(Gp.R14, Gp.RBX);
    }
    a.jump(ready);
    a.bind(fresh);
    a.mov(Gp.R14, Gp.RAX);
    for (int t = 0; t < tokens; t++) {
      for (int v = 0; v < VECTORS; v++) {
        a.op(Simd.VPXORD, sum(t, v), sum(t, v), sum(t, v));
      }
      a.add(Gp.R14, Gp.RBX);
    }
    a.bind(ready);
    // Outputs of different tokens may displace each other from the caches before their turn.
    for (int t = 0; t < tokens; t++) {
      a.prefetcht0(Mem.of(Gp.R14, 0));
      a.add(Gp.R14, Gp.RBX);
    }
    a.mov(Gp.R11, Gp.RSI);
    a.push(Gp.RCX);
    a.push(Gp.R10);
    begin.accept(a);
    Label nextBlock = a.label();
    for (int at = 0; at < tokensBlockBytes; at += LINE) {
      a.prefetcht0(Mem.of(Gp.R11, Gp.RDX, 1, at));
    }
    block.accept(a);
    a.add(Gp.R10, panelBlockBytes);
    a.add(Gp.R11, tokensBlockBytes);
    a.dec(Gp.RCX);
    a.jnz(nextBlock);
    end.accept(a);
    a.mov(Gp.R14, Gp.RAX);
    for (int t = 0; t < tokens; t++) {
      for (int v = 0; v < VECTORS; v++) {
        a.store(Simd.VMOVUPS_STORE, Mem.of(Gp.R14, v * VECTOR_BYTES), sum(t, v));
      }
      a.add(Gp.R14, Gp.RBX);
    }
    a.pop(Gp.R10);
    a.pop(Gp.RCX);
    a.add(Gp.R10, HALF_BYTES);
    a.add(Gp.RAX, HALF_BYTES);
    a.dec(Gp.R12);
    a.jnz(half);
    a.lea(Gp.RAX, Mem.of(Gp.R14, -(HALVES - 1) * HALF_BYTES));
    a.add(Gp.RSI, Gp.RDX);
    a.dec(Gp.R8);
    a.jnz(tile);
    saved.reversed().forEach(a::pop);
    a.vzeroupper();
    a.ret();
    return a.code();
  }

  private static Vec sum(int token, int vector) {
    return Vec.ymm(token * VECTORS + vector);
  }
}
