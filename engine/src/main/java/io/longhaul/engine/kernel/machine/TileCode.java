package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.machine.Assembler.Condition;
import io.longhaul.engine.kernel.machine.Assembler.Gp;
import io.longhaul.engine.kernel.machine.Assembler.Label;
import io.longhaul.engine.kernel.machine.Assembler.Mem;
import io.longhaul.engine.kernel.machine.Assembler.Vec;
import java.util.function.Consumer;

/**
 * The frame of the tiles of a {@link PanelProduct}: 32 rows of weights times some tokens, four at a
 * time; eight sums of floats, two vectors of 16 rows for each token.
 *
 * <p>Arguments (System V): rdi the panel of weights, rsi the prepared tokens, rdx bytes from one
 * four of tokens to the next, rcx blocks, r8 fours of tokens, r9 the address of three longs: the
 * first output, bytes from one token's outputs to the next one's, and whether to add to what is
 * there.
 */
final class TileCode {
  static final int TOKENS = BlockLayout.TOKENS;
  static final int VECTORS = 2;
  static final int SUMS = TOKENS * VECTORS;
  static final int VECTOR_BYTES = 64;

  private TileCode() {}

  /**
   * The code around a block.
   *
   * @param block emits what adds a block's products to vectors 0 to 7, those of token t being 2 t
   *     and 2 t + 1; r10 leads to the weights, r11 to the tokens
   */
  static byte[] of(int panelBlockBytes, int tokensBlockBytes, Consumer<Assembler> block) {
    Assembler a = new Assembler();
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
    Label nextBlock = a.label();
    block.accept(a);
    a.add(Gp.R10, panelBlockBytes);
    a.add(Gp.R11, tokensBlockBytes);
    a.dec(Gp.RCX);
    a.jnz(nextBlock);
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

  static void zero(Assembler a, Vec vec) {
    a.op(Simd.VPXORD, vec, vec, vec);
  }
}
