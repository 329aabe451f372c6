package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.machine.Assembler.Gp;
import io.longhaul.engine.kernel.machine.Assembler.Label;
import io.longhaul.engine.kernel.machine.Assembler.Mem;
import java.util.List;

/**
 * Products of rows with one token's input, eight rows at once: their sums are eight independent
 * chains of additions, and each piece of the input is loaded once for all of them.
 *
 * <p>Arguments (System V): rdi the first row's weights, rsi bytes from row to row, rdx steps of a
 * row, rcx the input, r8 the accumulators, 16 floats a row, which are added to, r9 how many bytes
 * ahead of their use weights are asked for. Each lane adds up what the vector twin's does, in its
 * order, so that both give the same bits.
 */
final class RowSumsCode {
  static final int ROWS = 8;

  private static final int VECTOR = 64;

  private RowSumsCode() {}

  static byte[] of(RowStep step) {
    Assembler a = new Assembler();
    Mem sums = Mem.of(Gp.R8, 0);
    for (int r = 0; r < ROWS; r++) {
      a.op(Simd.VMOVUPS, RowStep.accumulator(r), sums.plus(r * VECTOR));
    }
    // The sums are in registers, so their memory is free until they go back.
    step.constants(new Constants(a, Gp.RAX, sums));
    // Row r is 0, 1, 2 or 4 rows behind rdi, or behind rax, the fourth row; r10 leads to row 6.
    a.lea(Gp.R10, Mem.of(Gp.RSI, Gp.RSI, 2, 0));
    a.lea(Gp.RAX, Mem.of(Gp.RDI, Gp.R10, 1, 0));
    a.lea(Gp.R10, Mem.of(Gp.R10, Gp.R10, 1, 0));
    a.lea(Gp.R11, Mem.of(Gp.RDI, Gp.R9, 1, 0));
    a.lea(Gp.R9, Mem.of(Gp.RAX, Gp.R9, 1, 0));
    List<Mem> rowsAhead = rows(Gp.R11, Gp.R9);
    Label loop = a.label();
    for (int at = 0; at < step.bytes(); at += VECTOR) {
      for (Mem row : rowsAhead) {
        a.prefetcht0(row.plus(at));
      }
    }
    step.emit(a, rows(Gp.RDI, Gp.RAX), Mem.of(Gp.RCX, 0), sums);
    for (Gp row : List.of(Gp.RDI, Gp.RAX, Gp.R11, Gp.R9)) {
      a.add(row, step.bytes());
    }
    a.add(Gp.RCX, step.columns() * Float.BYTES);
    a.dec(Gp.RDX);
    a.jnz(loop);
    for (int r = 0; r < ROWS; r++) {
      a.store(Simd.VMOVUPS_STORE, sums.plus(r * VECTOR), RowStep.accumulator(r));
    }
    a.vzeroupper();
    a.ret();
    return a.code();
  }

  private static List<Mem> rows(Gp first, Gp fourth) {
    return List.of(
        Mem.of(first, 0),
        Mem.of(first, Gp.RSI, 1, 0),
        Mem.of(first, Gp.RSI, 2, 0),
        Mem.of(fourth, 0),
        Mem.of(first, Gp.RSI, 4, 0),
        Mem.of(fourth, Gp.RSI, 2, 0),
        Mem.of(first, Gp.R10, 1, 0),
        Mem.of(fourth, Gp.RSI, 4, 0));
  }
}
