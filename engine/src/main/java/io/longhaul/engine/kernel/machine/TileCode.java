package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.machine.Assembler.Condition;
import io.longhaul.engine.kernel.machine.Assembler.Gp;
import io.longhaul.engine.kernel.machine.Assembler.Label;
import io.longhaul.engine.kernel.machine.Assembler.Mem;
import io.longhaul.engine.kernel.machine.Assembler.Vec;
import java.util.function.Consumer;

/**
 * The frame of the tiles of a {@link PanelProduct}: 32 rows of weights times some tokens, a few at
 * a time; the sums of floats are two vectors of 16 rows for each token.
 *
 * <p>Arguments (System V): rdi the panel of weights, rsi the prepared tokens, rdx bytes from the
 * tokens of one tile to those of the next, rcx blocks, r8 tiles, r9 the address of three longs: the
 * first output, bytes from one token's outputs to the next one's, and whether to add to what is
 * there.
 */
final class TileCode {
  static final int VECTORS = 2;
  static final int VECTOR_BYTES = 64;

  private TileCode() {}

  /**
   * The code around a block.
   *
   * @param tokens of a tile
   * @param block emits what adds a block's products to the sums, those of token t being vectors 2 t
   *     and 2 t + 1; r10 leads to the weights, r11 to the tokens
   */
  static byte[] of(
      int tokens, int panelBlockBytes, int tokensBlockBytes, Consumer<Assembler> block) {
    Assembler a = new Assembler();
    a.push(Gp.RBX);
    a.push(Gp.RBP);
    a.mov(Gp.RAX, Mem.of(Gp.R9, 0));
    a.mov(Gp.RBX, Mem.of(Gp.R9, Long.BYTES));
    a.mov(Gp.RBP, Mem.of(Gp.R9, 2 * Long.BYTES));
    Label tile = a.label();
    Label fresh = new Label();
    Label ready = new Label();
    a.cmp(Gp.RBP, 0);
    a.jump(Condition.ZERO, fresh);
    a.mov(Gp.R9, Gp.RAX);
    for (int t = 0; t < tokens; t++) {
      for (int v = 0; v < VECTORS; v++) {
        a.op(Simd.VMOVUPS, sum(t, v), Mem.of(Gp.R9, v * VECTOR_BYTES));
      }
      a.add(Gp.R9, Gp.RBX);
    }
    a.jump(ready);
    a.bind(fresh);
    for (int i = 0; i < tokens * VECTORS; i++) {
      zero(a, new Vec(i));
    }
    a.bind(ready);
    a.mov(Gp.R10, Gp.RDI);
    a.mov(Gp.R11, Gp.RSI);
    a.push(Gp.RCX);
    Label nextBlock = a.label();
    block.accept(a);
    a.add(Gp.R10, panelBlockBytes);
    a.add(Gp.R11, tokensBlockBytes);
    a.dec(Gp.RCX);
    a.jnz(nextBlock);
    a.pop(Gp.RCX);
    for (int t = 0; t < tokens; t++) {
      for (int v = 0; v < VECTORS; v++) {
        a.store(Simd.VMOVUPS_STORE, Mem.of(Gp.RAX, v * VECTOR_BYTES), sum(t, v));
      }
      a.add(Gp.RAX, Gp.RBX);
    }
    a.add(Gp.RSI, Gp.RDX);
    a.dec(Gp.R8);
    a.jnz(tile);
    a.pop(Gp.RBP);
    a.pop(Gp.RBX);
    a.vzeroupper();
    a.ret();
    return a.code();
  }

  private static Vec sum(int token, int vector) {
    return new Vec(token * VECTORS + vector);
  }

  static void zero(Assembler a, Vec vec) {
    a.op(Simd.VPXORD, vec, vec, vec);
  }
}
