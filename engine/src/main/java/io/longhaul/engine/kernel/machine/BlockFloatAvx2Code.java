package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.machine.Assembler.Encoding;
import io.longhaul.engine.kernel.machine.Assembler.Gp;
import io.longhaul.engine.kernel.machine.Assembler.Label;
import io.longhaul.engine.kernel.machine.Assembler.Mem;
import io.longhaul.engine.kernel.machine.Assembler.Vec;

/** {@link BlockFloatCode} for AVX2: the same arguments and the same results. */
final class BlockFloatAvx2Code {
  private static final int HALF_VECTOR_BYTES = 16;
  private static final int VECTOR_BYTES = 32;

  /** Of the floats of a block. */
  private static final int VECTORS = BlockLayout.COLUMNS * Float.BYTES / VECTOR_BYTES;

  private BlockFloatAvx2Code() {}

  /** Rows of floats to blocks of shorts. */
  static byte[] quantize() {
    Assembler a = new Assembler(Encoding.VEX);
    Vec[] floats = {Vec.ymm(0), Vec.ymm(1), Vec.ymm(2), Vec.ymm(3)};
    Vec[] magnitudes = {Vec.ymm(4), Vec.ymm(5), Vec.ymm(6), Vec.ymm(7)};
    Vec most = magnitudes[0];
    Vec other = magnitudes[1];
    Vec inverse = Vec.ymm(8);
    Vec magnitude = Vec.ymm(12);
    Vec least = Vec.ymm(13);
    Vec largest = Vec.ymm(14);
    Vec reciprocal = Vec.ymm(15);
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
    // Halves of vectors as the packing below takes them: the quarters 0 and 2, 1 and 3 of 16.
    for (int v = 0; v < VECTORS; v++) {
      Mem from = Mem.of(Gp.RDI, v / 2 * 2 * VECTOR_BYTES + v % 2 * HALF_VECTOR_BYTES);
      a.op(Simd.VMOVUPS, floats[v].xmm(), from);
      a.op(Simd.VINSERTF32X4, floats[v], floats[v], from.plus(VECTOR_BYTES), 1);
    }
    // Magnitudes compare as ints do, and what is no number is greater than all.
    for (int v = 0; v < VECTORS; v++) {
      a.op(Simd.VPANDD, magnitudes[v], floats[v], magnitude);
    }
    a.op(Simd.VPMAXSD, magnitudes[0], magnitudes[0], magnitudes[1]);
    a.op(Simd.VPMAXSD, magnitudes[2], magnitudes[2], magnitudes[3]);
    a.op(Simd.VPMAXSD, most, magnitudes[0], magnitudes[2]);
    a.store(Simd.VEXTRACTF32X4, other.xmm(), most, 1);
    a.op(Simd.VPMAXSD, most.xmm(), most.xmm(), other.xmm());
    for (int swap : new int[] {0x4E, 0xB1}) { // the halves, then neighbours
      a.op(Simd.VPSHUFD, other.xmm(), most.xmm(), swap);
      a.op(Simd.VPMAXSD, most.xmm(), most.xmm(), other.xmm());
    }
    a.op(Simd.VPMAXSD, most.xmm(), most.xmm(), least.xmm());
    a.op(Simd.VDIVPS, inverse.xmm(), largest.xmm(), most.xmm());
    a.op(Simd.VBROADCASTSS, inverse, inverse.xmm());
    a.op(Simd.VMULPS, most.xmm(), most.xmm(), reciprocal.xmm());
    for (Vec vector : floats) {
      a.op(Simd.VMULPS, vector, vector, inverse);
      a.op(Simd.VCVTPS2DQ, vector, vector);
    }
    for (int v = 0; v < VECTORS; v += 2) {
      a.op(Simd.VPACKSSDW, floats[v], floats[v], floats[v + 1]);
      a.store(Simd.VMOVUPS_STORE, Mem.of(Gp.RDX, v / 2 * VECTOR_BYTES), floats[v]);
    }
    a.store(Simd.VEXTRACTPS, Mem.of(Gp.R8, 0), most.xmm(), 0);
    a.add(Gp.RDI, VECTORS * VECTOR_BYTES);
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

  /** Sixteen rows of blocks to one half of a panel. */
  static byte[] transpose() {
    Assembler a = new Assembler(Encoding.VEX);
    // rax, r8 and r9: the rows 4, 8 and 12; r10: three rows.
    a.lea(Gp.RAX, Mem.of(Gp.RDI, Gp.RSI, 4, 0));
    a.lea(Gp.R8, Mem.of(Gp.RDI, Gp.RSI, 8, 0));
    a.lea(Gp.R9, Mem.of(Gp.RAX, Gp.RSI, 8, 0));
    a.lea(Gp.R10, Mem.of(Gp.RSI, Gp.RSI, 2, 0));
    Label block = a.label();
    for (int quarter = 0; quarter < 4; quarter++) {
      transpose(a, Gp.RDI, Gp.RAX, quarter, 0);
      transpose(a, Gp.R8, Gp.R9, quarter, VECTOR_BYTES);
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
   * Four pairs of eight rows.
   *
   * @param first leads to four of the rows, {@code second} to the others
   * @param to where the rows begin within what the panel has for a pair
   */
  private static void transpose(Assembler a, Gp first, Gp second, int quarter, int to) {
    Vec[] rows = {Vec.ymm(0), Vec.ymm(1), Vec.ymm(2), Vec.ymm(3)};
    Vec[] low = {Vec.ymm(4), Vec.ymm(5)};
    Vec[] high = {Vec.ymm(6), Vec.ymm(7)};
    Vec out = Vec.ymm(8);
    for (int i = 0; i < 4; i++) {
      a.op(Simd.VMOVUPS, rows[i].xmm(), BlockFloatCode.row(first, i, quarter));
      a.op(Simd.VINSERTF32X4, rows[i], rows[i], BlockFloatCode.row(second, i, quarter), 1);
    }
    // A transposition of four by four within each half of the vectors.
    for (int i = 0; i < 2; i++) {
      a.op(Simd.VUNPCKLPS, low[i], rows[2 * i], rows[2 * i + 1]);
      a.op(Simd.VUNPCKHPS, high[i], rows[2 * i], rows[2 * i + 1]);
    }
    Simd[] halves = {Simd.VUNPCKLPD, Simd.VUNPCKHPD};
    for (int i = 0; i < 4; i++) {
      Vec[] from = i < 2 ? low : high;
      a.op(halves[i % 2], out, from[0], from[1]);
      int at = (4 * quarter + i) * BlockLayout.PAIR_BYTES + to;
      a.store(Simd.VMOVUPS_STORE, Mem.of(Gp.RCX, at), out);
    }
  }
}
