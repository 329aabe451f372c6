package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.machine.Assembler.Condition;
import io.longhaul.engine.kernel.machine.Assembler.Gp;
import io.longhaul.engine.kernel.machine.Assembler.Label;
import io.longhaul.engine.kernel.machine.Assembler.Mem;
import io.longhaul.engine.kernel.machine.Assembler.Vec;

/**
 * The tile of {@link FloatPanelProduct}: 32 rows of weights times some tokens, four at a time;
 * eight sums, two vectors of 16 rows for each token.
 *
 * <p>Arguments (System V): rdi the panel of weights, rsi the prepared tokens, rdx bytes from one
 * four of tokens to the next, rcx blocks, r8 fours of tokens, r9 the address of three longs: the
 * first output, bytes from one token's outputs to the next one's, and whether to add to what is
 * there.
 */
final class FloatTileCode {
  private static final int TOKENS = BlockLayout.TOKENS;
  private static final int VECTORS = 2;
  private static final int SUMS = TOKENS * VECTORS;
  private static final int VECTOR_BYTES = 64;

  private FloatTileCode() {}

  static byte[] code() {
    Assembler a = new Assembler();
    // Vectors 0 to 7 are the sums; those of token t are 2 t and 2 t + 1.
    Vec[] weights = {new Vec(16), new Vec(17)};
    Vec[] inputs = {new Vec(18), new Vec(19), new Vec(20), new Vec(21)};
    a.push(Gp.RBX);
    a.push(Gp.RBP);
    a.mov(Gp.RAX, Mem.of(Gp.R9, 0));
    a.mov(Gp.RBX, Mem.of(Gp.R9, Long.BYTES));
    a.mov(Gp.RBP, Mem.of(Gp.R9, 2 * Long.BYTES));
    Label tile = a.label();
    Label fresh = new Label();
    Label ready = new Label();
    a.lea(Gp.R9, Mem.of(Gp.RAX, Gp.RBX, 2, 0));
    a.cmp(Gp.RBP, 0);
    a.jump(Condition.ZERO, fresh);
    for (int i = 0; i < SUMS; i++) {
      a.op(Simd.VMOVUPS, new Vec(i), output(i));
    }
    a.jump(ready);
    a.bind(fresh);
    for (int i = 0; i < SUMS; i++) {
      zero(a, new Vec(i));
    }
    a.bind(ready);
    a.mov(Gp.R10, Gp.RDI);
    a.mov(Gp.R11, Gp.RSI);
    a.push(Gp.RCX);
    Label block = a.label();
    for (int c = 0; c < BlockLayout.COLUMNS; c++) {
      // A float takes the place of a pair of shorts; after sixteen, the scales' place is left out.
      int column =
          c / BlockLayout.PAIRS * BlockLayout.PANEL_BLOCK_BYTES
              + c % BlockLayout.PAIRS * BlockLayout.PAIR_BYTES;
      for (int v = 0; v < VECTORS; v++) {
        a.op(Simd.VMOVUPS, weights[v], Mem.of(Gp.R10, column + v * VECTOR_BYTES));
      }
      for (int t = 0; t < TOKENS; t++) {
        int at = t * FloatPanelProduct.TOKEN_BYTES + c * Float.BYTES;
        a.op(Simd.VBROADCASTSS, inputs[t], Mem.of(Gp.R11, at));
        for (int v = 0; v < VECTORS; v++) {
          a.op(Simd.VFMADD231PS, new Vec(t * VECTORS + v), weights[v], inputs[t]);
        }
      }
    }
    a.add(Gp.R10, 2 * BlockLayout.PANEL_BLOCK_BYTES);
    a.add(Gp.R11, FloatPanelProduct.TOKENS_BLOCK_BYTES);
    a.dec(Gp.RCX);
    a.jnz(block);
    a.pop(Gp.RCX);
    for (int i = 0; i < SUMS; i++) {
      a.store(Simd.VMOVUPS_STORE, output(i), new Vec(i));
    }
    a.lea(Gp.RAX, Mem.of(Gp.RAX, Gp.RBX, 4, 0));
    a.add(Gp.RSI, Gp.RDX);
    a.dec(Gp.R8);
    a.jnz(tile);
    a.pop(Gp.RBP);
    a.pop(Gp.RBX);
    a.vzeroupper();
    a.ret();
    return a.code();
  }

  /** Where a sum belongs: rax leads to token 0, r9 to token 2, rbx bytes lie between two. */
  private static Mem output(int sum) {
    int token = sum / VECTORS;
    Gp base = token < 2 ? Gp.RAX : Gp.R9;
    int at = sum % VECTORS * VECTOR_BYTES;
    return token % 2 == 0 ? Mem.of(base, at) : Mem.of(base, Gp.RBX, 1, at);
  }

  private static void zero(Assembler a, Vec vec) {
    a.op(Simd.VPXORD, vec, vec, vec);
  }
}
