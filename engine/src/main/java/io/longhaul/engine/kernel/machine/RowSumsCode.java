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
 * <p>Arguments (System V): rdi the first row's weights, rsi bytes from row to row, rdx steps of a
 * row, rcx the input, r8 the address of a {@linkplain #CALL_BYTES call}, r9 how many bytes ahead of
 * their use weights are asked for. Each lane adds up what the vector twin's does, in its order, and
 * the lanes are summed up as there, so that both give the same bits.
 */
final class RowSumsCode {
  static final int ROWS = 8;

  private static final int VECTOR = 64;

  /** A call: 64 bytes a row to work in, the address of the outputs, and how many eights of rows. */
  static final int CALL_BYTES = ROWS * VECTOR + 2 * Long.BYTES;

  static final int OUTPUTS_AT = ROWS * VECTOR;
  static final int EIGHTS_AT = OUTPUTS_AT + Long.BYTES;

  private RowSumsCode() {}

  static byte[] of(RowStep step) {
    Assembler a = new Assembler();
    Mem scratch = Mem.of(Gp.R8, 0);
    List<Gp> saved = List.of(Gp.RBX, Gp.RBP, Gp.R12, Gp.R13, Gp.R14);
    saved.forEach(a::push);
    step.constants(new Constants(a, Gp.RAX, scratch));
    a.mov(Gp.RBX, Mem.of(Gp.R8, OUTPUTS_AT));
    a.mov(Gp.RBP, Mem.of(Gp.R8, EIGHTS_AT));
    a.mov(Gp.R12, Gp.RDX);
    a.mov(Gp.R13, Gp.RCX);
    // Row r is 0, 1, 2 or 4 rows behind rdi, or behind rax, the fourth row; r10 leads to row 6.
    a.lea(Gp.R10, Mem.of(Gp.RSI, Gp.RSI, 2, 0));
    a.lea(Gp.RAX, Mem.of(Gp.RDI, Gp.R10, 1, 0));
    a.lea(Gp.R10, Mem.of(Gp.R10, Gp.R10, 1, 0));
    a.lea(Gp.R14, Mem.of(Gp.R10, Gp.RSI, 1, 0));
    a.lea(Gp.R11, Mem.of(Gp.RDI, Gp.R9, 1, 0));
    a.lea(Gp.R9, Mem.of(Gp.RAX, Gp.R9, 1, 0));
    List<Gp> pointers = List.of(Gp.RDI, Gp.RAX, Gp.R11, Gp.R9);
    List<Mem> rowsAhead = rows(Gp.R11, Gp.R9, Gp.RSI, Gp.R10);
    Label eight = a.label();
    for (int r = 0; r < ROWS; r++) {
      Vec sum = RowStep.accumulator(r);
      a.op(Simd.VPXORD, sum, sum, sum);
    }
    Label loop = a.label();
    for (int at = 0; at < step.bytes(); at += VECTOR) {
      for (Mem row : rowsAhead) {
        a.prefetcht0(row.plus(at));
      }
    }
    step.emit(a, rows(Gp.RDI, Gp.RAX, Gp.RSI, Gp.R10), new Products(a), scratch);
    for (Gp pointer : pointers) {
      a.add(pointer, step.bytes());
    }
    a.add(Gp.RCX, step.columns() * Float.BYTES);
    a.dec(Gp.RDX);
    a.jnz(loop);
    storeSums(a);
    // The first row is behind us: seven more to the next eight.
    for (Gp pointer : pointers) {
      a.add(pointer, Gp.R14);
    }
    a.add(Gp.RBX, ROWS * Float.BYTES);
    a.mov(Gp.RCX, Gp.R13);
    a.mov(Gp.RDX, Gp.R12);
    a.dec(Gp.RBP);
    a.jnz(eight);
    saved.reversed().forEach(a::pop);
    a.vzeroupper();
    a.ret();
    return a.code();
  }

  /** Adds the products with the input, which rcx leads to, to the rows' accumulators. */
  private record Products(Assembler a) implements RowStep.Use {
    @Override
    public void loadInput(Vec input, int column) {
      a.op(Simd.VMOVUPS, input, Mem.of(Gp.RCX, column * Float.BYTES));
    }

    @Override
    public void use(int row, int column, Vec weights, Vec input) {
      a.op(Simd.VFMADD231PS, RowStep.accumulator(row), weights, input);
    }
  }

  /** Stores the sums of all accumulators' lanes: halves, quarters and so on, as LaneSums does. */
  private static void storeSums(Assembler a) {
    Vec upper = new Vec(8);
    for (int r = 0; r < ROWS; r++) {
      Vec sum = RowStep.accumulator(r);
      a.store(Simd.VEXTRACTF64X4, upper.ymm(), sum, 1);
      a.op(Simd.VADDPS, sum.ymm(), sum.ymm(), upper.ymm());
      a.store(Simd.VEXTRACTF32X4, upper.xmm(), sum.ymm(), 1);
      a.op(Simd.VADDPS, sum.xmm(), sum.xmm(), upper.xmm());
    }
    for (int first = 0; first < ROWS; first += 4) {
      // Of four lanes each: first 0 with 2 and 1 with 3, of two rows in one vector.
      Vec evenRows = foldPairs(a, first, first + 2, new Vec(8));
      Vec oddRows = foldPairs(a, first + 1, first + 3, new Vec(10));
      Vec low = new Vec(12);
      Vec high = new Vec(13);
      a.op(Simd.VUNPCKLPS, low.xmm(), evenRows.xmm(), oddRows.xmm());
      a.op(Simd.VUNPCKHPS, high.xmm(), evenRows.xmm(), oddRows.xmm());
      a.op(Simd.VUNPCKLPD, evenRows.xmm(), low.xmm(), high.xmm());
      a.op(Simd.VUNPCKHPD, oddRows.xmm(), low.xmm(), high.xmm());
      a.op(Simd.VADDPS, low.xmm(), evenRows.xmm(), oddRows.xmm());
      a.store(Simd.VMOVUPS_STORE, Mem.of(Gp.RBX, first * Float.BYTES), low.xmm());
    }
  }

  private static Vec foldPairs(Assembler a, int row, int other, Vec to) {
    Vec high = new Vec(to.code() + 1);
    Vec x = RowStep.accumulator(row).xmm();
    Vec y = RowStep.accumulator(other).xmm();
    a.op(Simd.VUNPCKLPD, to.xmm(), x, y);
    a.op(Simd.VUNPCKHPD, high.xmm(), x, y);
    a.op(Simd.VADDPS, to.xmm(), to.xmm(), high.xmm());
    return to;
  }

  /**
   * Eight rows by two addresses.
   *
   * @param fourth holds the address of row 3
   * @param sixRows holds six strides
   */
  static List<Mem> rows(Gp first, Gp fourth, Gp stride, Gp sixRows) {
    return List.of(
        Mem.of(first, 0),
        Mem.of(first, stride, 1, 0),
        Mem.of(first, stride, 2, 0),
        Mem.of(fourth, 0),
        Mem.of(first, stride, 4, 0),
        Mem.of(fourth, stride, 2, 0),
        Mem.of(first, sixRows, 1, 0),
        Mem.of(fourth, stride, 4, 0));
  }
}
