package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.machine.Assembler.Gp;
import io.longhaul.engine.kernel.machine.Assembler.Label;
import io.longhaul.engine.kernel.machine.Assembler.Mem;
import io.longhaul.engine.kernel.machine.Assembler.Vec;
import java.util.List;

/**
 * Products of rows with one token's input, eight rows at once: their sums are eight independent
 * chains of additions, and each piece of the input is loaded once for all of them.
 *
 * <p>Arguments (System V): rdi the first row's weights, rsi bytes from row to row, rdx blocks of a
 * row, rcx the input, r8 the accumulators, 16 floats a row, which are added to, r9 how many bytes
 * ahead of their use weights are asked for. Each lane adds up what the vector twin's does, in its
 * order, so that both give the same bits.
 */
final class RowSumsCode {
  static final int ROWS = 8;

  /** Q8_0: a scale of 16 bits and 32 bytes. */
  private static final int Q8_0_BLOCK = 34;

  private static final int VECTOR = 64;

  private RowSumsCode() {}

  static byte[] q8_0() {
    Assembler a = new Assembler();
    Vec scale = new Vec(16);
    Vec low = new Vec(17);
    Vec high = new Vec(18);
    Vec inputLow = new Vec(24);
    Vec inputHigh = new Vec(25);
    // Row r is 0, 1, 2 or 4 rows behind rdi, or behind rax, the fourth row; r10 leads to row 6.
    a.lea(Gp.R10, Mem.of(Gp.RSI, Gp.RSI, 2, 0));
    a.lea(Gp.RAX, Mem.of(Gp.RDI, Gp.R10, 1, 0));
    a.lea(Gp.R10, Mem.of(Gp.R10, Gp.R10, 1, 0));
    a.lea(Gp.R11, Mem.of(Gp.RDI, Gp.R9, 1, 0));
    a.lea(Gp.R9, Mem.of(Gp.RAX, Gp.R9, 1, 0));
    List<Mem> rows = rows(Gp.RDI, Gp.RAX);
    List<Mem> rowsAhead = rows(Gp.R11, Gp.R9);
    for (int r = 0; r < ROWS; r++) {
      a.op(Simd.VMOVUPS, new Vec(r), Mem.of(Gp.R8, r * VECTOR));
    }
    Label loop = a.label();
    a.op(Simd.VMOVUPS, inputLow, Mem.of(Gp.RCX, 0));
    a.op(Simd.VMOVUPS, inputHigh, Mem.of(Gp.RCX, VECTOR));
    for (int r = 0; r < ROWS; r++) {
      Mem block = rows.get(r);
      a.prefetcht0(rowsAhead.get(r));
      a.op(Simd.VPBROADCASTW, scale.ymm(), block);
      a.op(Simd.VCVTPH2PS, scale, scale.ymm());
      a.op(Simd.VPMOVSXBD, low, block.plus(2));
      a.op(Simd.VPMOVSXBD, high, block.plus(18));
      a.op(Simd.VCVTDQ2PS, low, low);
      a.op(Simd.VCVTDQ2PS, high, high);
      a.op(Simd.VMULPS, low, low, scale);
      a.op(Simd.VMULPS, high, high, scale);
      a.op(Simd.VFMADD231PS, new Vec(r), low, inputLow);
      a.op(Simd.VFMADD231PS, new Vec(r), high, inputHigh);
    }
    a.add(Gp.RDI, Q8_0_BLOCK);
    a.add(Gp.RAX, Q8_0_BLOCK);
    a.add(Gp.R11, Q8_0_BLOCK);
    a.add(Gp.R9, Q8_0_BLOCK);
    a.add(Gp.RCX, 2 * VECTOR);
    a.dec(Gp.RDX);
    a.jnz(loop);
    for (int r = 0; r < ROWS; r++) {
      a.store(Simd.VMOVUPS_STORE, Mem.of(Gp.R8, r * VECTOR), new Vec(r));
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
