package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.machine.Assembler.Encoding;
import io.longhaul.engine.kernel.machine.Assembler.Gp;
import io.longhaul.engine.kernel.machine.Assembler.Label;
import io.longhaul.engine.kernel.machine.Assembler.Mem;

/**
 * {@link RowDecodeCode} for AVX2: the same arguments and the same bits. With sixteen vectors rows
 * are decoded one after the other, and steps overlap only as far as the processor looks ahead.
 */
final class RowDecodeAvx2Code {
  /**
   * So many rows ahead is what a prefetch brings: a part of a row is too short for the processor to
   * find that one stretch of memory follows another.
   */
  private static final int ROWS_AHEAD = 4;

  private RowDecodeAvx2Code() {}

  static byte[] of(DecodeAvx2Step step) {
    Assembler a = new Assembler(Encoding.VEX);
    Mem scratch = Mem.of(Gp.R8, 0);
    step.constants(new Constants(a, Gp.RAX, scratch));
    a.mov(Gp.R10, RowDecodes.ROWS);
    Label row = a.label();
    a.mov(Gp.RAX, Gp.RDI);
    a.mov(Gp.R11, Gp.RCX);
    a.push(Gp.RDX);
    Label loop = a.label();
    a.prefetcht0(Mem.of(Gp.RAX, Gp.RSI, ROWS_AHEAD, 0));
    step.emit(a, Mem.of(Gp.RAX, 0), Mem.of(Gp.R11, 0), scratch);
    a.add(Gp.RAX, step.bytes());
    a.add(Gp.R11, step.columns() * Float.BYTES);
    a.dec(Gp.RDX);
    a.jnz(loop);
    a.pop(Gp.RDX);
    a.add(Gp.RDI, Gp.RSI);
    a.add(Gp.RCX, Gp.R9);
    a.dec(Gp.R10);
    a.jnz(row);
    a.vzeroupper();
    a.ret();
    return a.code();
  }
}
