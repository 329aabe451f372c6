package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.machine.Assembler.Gp;
import io.longhaul.engine.kernel.machine.Assembler.Label;
import io.longhaul.engine.kernel.machine.Assembler.Mem;
import io.longhaul.engine.kernel.machine.Assembler.Vec;

/** Code that brings floats into the form of {@link BlockLayout}. */
final class BlockFloatCode {
  private static final int VECTOR_BYTES = 64;

  private BlockFloatCode() {}

  /**
   * Rows of floats to blocks of shorts: the scale is the largest magnitude of the block divided by
   * {@link BlockLayout#LARGEST}. A block with a value that is no number gets a scale that is none.
   *
   * <p>Arguments (System V): rdi the floats, rsi blocks of a row, rdx the shorts, rcx bytes from
   * one block's shorts to the next one's, r8 the scales, r9 the address of three longs: bytes from
   * one block's scale to the next one's, rows, and bytes from one row's scales to the next one's.
   * Rows of floats and shorts follow each other.
   */
  static byte[] quantize() {
    Assembler a = new Assembler();
    Vec low = new Vec(0);
    Vec high = new Vec(1);
    Vec most = new Vec(2);
    Vec other = new Vec(3);
    Vec inverse = new Vec(4);
    Vec magnitude = new Vec(16);
    Vec least = new Vec(17);
    Vec largest = new Vec(18);
    Vec reciprocal = new Vec(19);
    Constants.ints(a, Gp.RAX, magnitude, Integer.MAX_VALUE);
    Constants.ints(a, Gp.RAX, least, Float.floatToRawIntBits(1e-30f));
    Constants.ints(a, Gp.RAX, largest, Float.floatToRawIntBits(BlockLayout.LARGEST));
    Constants.ints(a, Gp.RAX, reciprocal, Float.floatToRawIntBits(1f / BlockLayout.LARGEST));
    a.mov(Gp.RAX, Mem.of(Gp.R9, 0));
    a.mov(Gp.R10, Mem.of(Gp.R9, Long.BYTES));
    a.mov(Gp.R11, Mem.of(Gp.R9, 2 * Long.BYTES));
    Label row = a.label();
    a.push(Gp.RSI);
    a.push(Gp.R8);
    Label block = a.label();
    a.op(Simd.VMOVUPS, low, Mem.of(Gp.RDI, 0));
    a.op(Simd.VMOVUPS, high, Mem.of(Gp.RDI, VECTOR_BYTES));
    // Magnitudes compare as ints do, and what is no number is greater than all.
    a.op(Simd.VPANDD, most, low, magnitude);
    a.op(Simd.VPANDD, other, high, magnitude);
    a.op(Simd.VPMAXSD, most, most, other);
    for (int lanes = 8; lanes > 0; lanes /= 2) {
      a.op(Simd.VALIGND, other, most, most, lanes);
      a.op(Simd.VPMAXSD, most, most, other);
    }
    a.op(Simd.VPMAXSD, most, most, least);
    a.op(Simd.VDIVPS, inverse.xmm(), largest.xmm(), most.xmm());
    a.op(Simd.VBROADCASTSS, inverse, inverse.xmm());
    a.op(Simd.VMULPS, most.xmm(), most.xmm(), reciprocal.xmm());
    a.op(Simd.VMULPS, low, low, inverse);
    a.op(Simd.VMULPS, high, high, inverse);
    a.op(Simd.VCVTPS2DQ, low, low);
    a.op(Simd.VCVTPS2DQ, high, high);
    a.store(Simd.VPMOVSDW, Mem.of(Gp.RDX, 0), low);
    a.store(Simd.VPMOVSDW, Mem.of(Gp.RDX, VECTOR_BYTES / 2), high);
    a.store(Simd.VEXTRACTPS, Mem.of(Gp.R8, 0), most.xmm(), 0);
    a.add(Gp.RDI, 2 * VECTOR_BYTES);
    a.add(Gp.RDX, Gp.RCX);
    a.add(Gp.R8, Gp.RAX);
    a.dec(Gp.RSI);
    a.jnz(block);
    a.pop(Gp.R8);
    a.pop(Gp.RSI);
    a.add(Gp.R8, Gp.R11);
    a.dec(Gp.R10);
    a.jnz(row);
    a.vzeroupper();
    a.ret();
    return a.code();
  }

  /**
   * Sixteen rows of blocks to one half of a panel: in each block, pair i of all rows becomes vector
   * i.
   *
   * <p>Arguments: rdi the rows' shorts, rsi bytes from row to row, rdx blocks, rcx the half panel.
   */
  static byte[] transpose() {
    Assembler a = new Assembler();
    Vec[] rows = {new Vec(0), new Vec(1), new Vec(2), new Vec(3)};
    Vec[] low = {new Vec(4), new Vec(5)};
    Vec[] high = {new Vec(6), new Vec(7)};
    Vec out = new Vec(8);
    // rax, r8 and r9: the rows 4, 8 and 12; r10: three rows.
    a.lea(Gp.RAX, Mem.of(Gp.RDI, Gp.RSI, 4, 0));
    a.lea(Gp.R8, Mem.of(Gp.RDI, Gp.RSI, 8, 0));
    a.lea(Gp.R9, Mem.of(Gp.RAX, Gp.RSI, 8, 0));
    a.lea(Gp.R10, Mem.of(Gp.RSI, Gp.RSI, 2, 0));
    Label block = a.label();
    for (int quarter = 0; quarter < 4; quarter++) {
      for (int i = 0; i < 4; i++) {
        a.op(Simd.VMOVUPS, rows[i].xmm(), row(Gp.RDI, i, quarter));
        a.op(Simd.VINSERTF32X4, rows[i], rows[i], row(Gp.RAX, i, quarter), 1);
        a.op(Simd.VINSERTF32X4, rows[i], rows[i], row(Gp.R8, i, quarter), 2);
        a.op(Simd.VINSERTF32X4, rows[i], rows[i], row(Gp.R9, i, quarter), 3);
      }
      // A transposition of four by four within each quarter of the vectors.
      for (int i = 0; i < 2; i++) {
        a.op(Simd.VUNPCKLPS, low[i], rows[2 * i], rows[2 * i + 1]);
        a.op(Simd.VUNPCKHPS, high[i], rows[2 * i], rows[2 * i + 1]);
      }
      Simd[] halves = {Simd.VUNPCKLPD, Simd.VUNPCKHPD};
      for (int i = 0; i < 4; i++) {
        Vec[] from = i < 2 ? low : high;
        a.op(halves[i % 2], out, from[0], from[1]);
        int at = (4 * quarter + i) * BlockLayout.PAIR_BYTES;
        a.store(Simd.VMOVUPS_STORE, Mem.of(Gp.RCX, at), out);
      }
    }
    for (Gp register : new Gp[] {Gp.RDI, Gp.RAX, Gp.R8, Gp.R9}) {
      a.add(register, BlockLayout.TOKEN_BYTES);
    }
    a.add(Gp.RCX, BlockLayout.PANEL_BLOCK_BYTES);
    a.dec(Gp.RDX);
    a.jnz(block);
    a.vzeroupper();
    a.ret();
    return a.code();
  }

  /**
   * A quarter of one of the four rows from a base on; rsi has the bytes from row to row, r10 those
   * of three.
   */
  static Mem row(Gp base, int row, int quarter) {
    int at = quarter * 16;
    return switch (row) {
      case 0 -> Mem.of(base, at);
      case 3 -> Mem.of(base, Gp.R10, 1, at);
      default -> Mem.of(base, Gp.RSI, row, at);
    };
  }
}
