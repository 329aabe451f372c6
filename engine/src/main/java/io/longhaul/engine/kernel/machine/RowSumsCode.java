package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.machine.Assembler.Condition;
import io.longhaul.engine.kernel.machine.Assembler.Gp;
import io.longhaul.engine.kernel.machine.Assembler.Label;
import io.longhaul.engine.kernel.machine.Assembler.Mask;
import io.longhaul.engine.kernel.machine.Assembler.Mem;
import io.longhaul.engine.kernel.machine.Assembler.Vec;
import java.util.List;

/**
 * Products of rows with one token's input. With AVX-512 eight rows go at once: their sums are eight
 * independent chains of additions, and each piece of the input is loaded once for all of them. With
 * AVX2 one row goes after the other: weights are read in one stream then, for which processors of
 * that kind get more from memory.
 *
 * <p>Arguments (System V): rdi the first row's weights, rsi bytes from row to row, rdx whole steps
 * of a row, rcx the input, r8 the address of a {@linkplain #CALL_BYTES call}, r9 how many bytes
 * ahead of their use weights are asked for. The lanes are summed up as in the vector twin.
 */
final class RowSumsCode {
  static final int ROWS = 8;

  /** Bytes of a last step that lie in its first 64. */
  static final Mask FIRST_BYTES = Mask.K5;

  /** Bytes of a last step that lie in the last 64 of a whole one. */
  static final Mask LAST_BYTES = Mask.K6;

  private static final int VECTOR = 64;

  /** Bytes of eight rows up to which the next eight are asked for while these are at work. */
  private static final long SHORT_ROWS = 24 << 10;

  /** How many bytes on in its own row a longer one is asked for. */
  private static final long AHEAD = 1024;

  /** How many bytes on a row is asked for that goes by itself: they may be the next rows'. */
  private static final long AHEAD_OF_ONE = 4096;

  /** Bytes of a call that a step may work in. */
  static final int WORK_BYTES = 1024;

  // A call: memory to work in, and longs.

  /** The address of the outputs. */
  static final int OUTPUTS_AT = WORK_BYTES;

  /** How often so many rows come. */
  static final int TIMES_AT = OUTPUTS_AT + Long.BYTES;

  /** Bytes from behind the last whole step of the first row to the next rows. */
  static final int NEXT_AT = TIMES_AT + Long.BYTES;

  /** {@link #FIRST_BYTES}; 0 where rows end with a whole step. */
  static final int FIRST_BYTES_AT = NEXT_AT + Long.BYTES;

  /** {@link #LAST_BYTES}. */
  static final int LAST_BYTES_AT = FIRST_BYTES_AT + Long.BYTES;

  /** Blocks of a last step, in place of masks. */
  static final int LAST_BLOCKS_AT = LAST_BYTES_AT + Long.BYTES;

  static final int CALL_BYTES = LAST_BLOCKS_AT + Long.BYTES;

  private RowSumsCode() {}

  /**
   * The code.
   *
   * @param set accumulators are its whole vectors
   * @param rows at once: {@link #ROWS} or one
   */
  static byte[] of(InstructionSet set, RowLoop step, int rows) {
    Assembler a = set.assembler();
    Mem scratch = Mem.of(Gp.R8, 0);
    Mem input = Mem.of(Gp.RCX, 0);
    List<Gp> saved = List.of(Gp.RBX, Gp.RBP, Gp.R12, Gp.R13, Gp.R14, Gp.R15);
    saved.forEach(a::push);
    step.constants(new Constants(a, Gp.RAX, scratch));
    a.mov(Gp.RBX, Mem.of(Gp.R8, OUTPUTS_AT));
    a.mov(Gp.RBP, Mem.of(Gp.R8, TIMES_AT));
    if (step.endsMasked()) {
      a.kmovq(FIRST_BYTES, Mem.of(Gp.R8, FIRST_BYTES_AT));
      a.kmovq(LAST_BYTES, Mem.of(Gp.R8, LAST_BYTES_AT));
    }
    a.mov(Gp.R12, Gp.RDX);
    a.mov(Gp.R13, Gp.RCX);
    List<Gp> pointers = List.of(Gp.RDI);
    List<Mem> rowsHere = List.of(Mem.of(Gp.RDI, 0));
    List<Mem> rowsAhead = List.of(Mem.of(Gp.RDI, Gp.R9, 1, 0));
    if (rows > 1) {
      // Row r is 0, 1, 2 or 4 rows behind rdi, or behind rax, the fourth row; r10 leads to row 6.
      a.lea(Gp.R10, Mem.of(Gp.RSI, Gp.RSI, 2, 0));
      a.lea(Gp.RAX, Mem.of(Gp.RDI, Gp.R10, 1, 0));
      a.lea(Gp.R10, Mem.of(Gp.R10, Gp.R10, 1, 0));
      a.lea(Gp.R11, Mem.of(Gp.RDI, Gp.R9, 1, 0));
      a.lea(Gp.R9, Mem.of(Gp.RAX, Gp.R9, 1, 0));
      pointers = List.of(Gp.RDI, Gp.RAX, Gp.R11, Gp.R9);
      rowsHere = rows(Gp.RDI, Gp.RAX, Gp.RSI, Gp.R10);
      rowsAhead = rows(Gp.R11, Gp.R9, Gp.RSI, Gp.R10);
    }
    Label nextRows = a.label();
    Label end = new Label();
    Label sums = new Label();
    for (int i = 0; i < Math.max(rows, step.accumulators()); i++) {
      Vec sum = set.vec(i);
      a.op(Simd.VPXORD, sum, sum, sum);
    }
    a.cmp(Gp.RDX, 0);
    a.jump(Condition.ZERO, end);
    Label loop = a.label();
    prefetch(a, rowsAhead, step.bytes());
    step.emit(a, rowsHere, input, scratch);
    for (Gp pointer : pointers) {
      a.add(pointer, step.bytes());
    }
    a.add(Gp.RCX, step.inputBytes());
    a.dec(Gp.RDX);
    a.jnz(loop);
    a.bind(end);
    if (step.endsMasked()) {
      a.mov(Gp.RDX, Mem.of(Gp.R8, FIRST_BYTES_AT));
      a.cmp(Gp.RDX, 0);
      a.jump(Condition.ZERO, sums);
      prefetch(a, rowsAhead, step.bytes());
      step.emitEnd(a, rowsHere, input, scratch, step.blocks());
    } else if (step.blocks() > 1) {
      a.mov(Gp.RDX, Mem.of(Gp.R8, LAST_BLOCKS_AT));
      a.cmp(Gp.RDX, 0);
      a.jump(Condition.ZERO, sums);
      prefetch(a, rowsAhead, step.bytes());
      for (int blocks = 1; blocks < step.blocks(); blocks++) {
        Label others = new Label();
        a.cmp(Gp.RDX, blocks);
        a.jump(Condition.NOT_ZERO, others);
        step.emitEnd(a, rowsHere, input, scratch, blocks);
        a.jump(sums);
        a.bind(others);
      }
    }
    a.bind(sums);
    step.finish(a);
    storeSums(a, rows, set);
    a.mov(Gp.RDX, Mem.of(Gp.R8, NEXT_AT));
    for (Gp pointer : pointers) {
      a.add(pointer, Gp.RDX);
    }
    a.add(Gp.RBX, rows * Float.BYTES);
    a.mov(Gp.RCX, Gp.R13);
    a.mov(Gp.RDX, Gp.R12);
    a.dec(Gp.RBP);
    a.jnz(nextRows);
    saved.reversed().forEach(a::pop);
    a.vzeroupper();
    a.ret();
    return a.code();
  }

  /** How many bytes ahead of their use weights are best asked for. */
  static long ahead(int rowsAtOnce, long rowBytes) {
    if (rowsAtOnce == 1) {
      return AHEAD_OF_ONE;
    }
    long nextRows = rowsAtOnce * rowBytes;
    return nextRows <= SHORT_ROWS ? nextRows : AHEAD;
  }

  private static void prefetch(Assembler a, List<Mem> rows, int bytes) {
    for (int at = 0; at < bytes; at += VECTOR) {
      for (Mem row : rows) {
        a.prefetcht0(row.plus(at));
      }
    }
  }

  /**
   * Stores the sums of all accumulators' lanes: halves, quarters and so on, as LaneSums does. Takes
   * four registers that hold no constants of a step: from 12 on, with AVX2 from 8 on.
   */
  private static void storeSums(Assembler a, int rows, InstructionSet set) {
    int free = set == InstructionSet.AVX512 ? 12 : 8;
    Vec upper = new Vec(free);
    for (int r = 0; r < rows; r++) {
      Vec sum = RowStep.accumulator(r);
      if (set == InstructionSet.AVX512) {
        a.store(Simd.VEXTRACTF64X4, upper.ymm(), sum, 1);
        a.op(Simd.VADDPS, sum.ymm(), sum.ymm(), upper.ymm());
      }
      a.store(Simd.VEXTRACTF32X4, upper.xmm(), sum.ymm(), 1);
      a.op(Simd.VADDPS, sum.xmm(), sum.xmm(), upper.xmm());
    }
    if (rows == 1) {
      storeSum(a, upper.xmm());
      return;
    }
    for (int first = 0; first < rows; first += 4) {
      // Of four lanes each: first 0 with 2 and 1 with 3, of two rows in one vector.
      Vec evenRows = foldPairs(a, first, first + 2, new Vec(free));
      Vec oddRows = foldPairs(a, first + 1, first + 3, new Vec(free + 2));
      Vec low = RowStep.accumulator(first);
      Vec high = RowStep.accumulator(first + 1);
      a.op(Simd.VUNPCKLPS, low.xmm(), evenRows.xmm(), oddRows.xmm());
      a.op(Simd.VUNPCKHPS, high.xmm(), evenRows.xmm(), oddRows.xmm());
      a.op(Simd.VUNPCKLPD, evenRows.xmm(), low.xmm(), high.xmm());
      a.op(Simd.VUNPCKHPD, oddRows.xmm(), low.xmm(), high.xmm());
      a.op(Simd.VADDPS, low.xmm(), evenRows.xmm(), oddRows.xmm());
      a.store(Simd.VMOVUPS_STORE, Mem.of(Gp.RBX, first * Float.BYTES), low.xmm());
    }
  }

  /** The sum of one row, in the same order; where others would have theirs, it has constants. */
  private static void storeSum(Assembler a, Vec free) {
    Vec sum = RowStep.accumulator(0).xmm();
    a.op(Simd.VUNPCKHPD, free, sum, sum);
    a.op(Simd.VADDPS, sum, sum, free);
    a.op(Simd.VPSHUFD, free, sum, 0b01_01_01_01);
    a.op(Simd.VADDPS, sum, sum, free);
    a.store(Simd.VEXTRACTPS, Mem.of(Gp.RBX, 0), sum, 0);
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
