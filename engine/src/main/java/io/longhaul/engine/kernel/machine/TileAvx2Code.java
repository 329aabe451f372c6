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
 * for AVX2: of sixteen vectors, eight can be sums, so that half a panel passes by at a time, 16
 * rows in two vectors, with four tokens.
 */
final class TileAvx2Code {
  static final int TOKENS = BlockLayout.TOKENS;
  static final int VECTORS = 2;
  static final int SUMS = TOKENS * VECTORS;
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
   * @param begin is emitted before the blocks of half a panel, when the sums are in vectors 0 to 7,
   *     those of token t in 2 t and 2 t + 1
   * @param block emits what adds a block's products; r10 leads to the weights, r11 to the tokens,
   *     r13 to the call, and to the next four tokens it is rdx bytes from r11
   * @param end is emitted behind the blocks, and brings the sums back to vectors 0 to 7
   */
  static byte[] of(
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
    a.lea(Gp.R9, Mem.of(Gp.RAX, Gp.RBX, 2, 0));
    a.mov(Gp.R10, Gp.RDI);
    a.mov(Gp.R12, HALVES);
    Label half = a.label();
    Label fresh = new Label();
    Label ready = new Label();
    a.cmp(Gp.RBP, 0);
    a.jump(Condition.ZERO, fresh);
    for (int i = 0; i < SUMS; i++) {
      a.op(Simd.VMOVUPS, Vec.ymm(i), output(i));
    }
    a.jump(ready);
    a.bind(fresh);
    for (int i = 0; i < SUMS; i++) {
      Vec sum = Vec.ymm(i);
      a.op(Simd.VPXORD, sum, sum, sum);
    }
    a.bind(ready);
    // Outputs of different tokens may displace each other from the caches before their turn.
    a.lea(Gp.R14, Mem.of(Gp.RAX, Gp.RBX, 4, 0));
    for (int t = 0; t < TOKENS; t++) {
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
    for (int i = 0; i < SUMS; i++) {
      a.store(Simd.VMOVUPS_STORE, output(i), Vec.ymm(i));
    }
    a.pop(Gp.R10);
    a.pop(Gp.RCX);
    for (Gp register : List.of(Gp.R10, Gp.RAX, Gp.R9)) {
      a.add(register, HALF_BYTES);
    }
    a.dec(Gp.R12);
    a.jnz(half);
    a.lea(Gp.RAX, Mem.of(Gp.RAX, Gp.RBX, 4, -HALVES * HALF_BYTES));
    a.add(Gp.RSI, Gp.RDX);
    a.dec(Gp.R8);
    a.jnz(tile);
    saved.reversed().forEach(a::pop);
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
}
