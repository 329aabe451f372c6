package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.machine.Assembler.Encoding;
import io.longhaul.engine.kernel.machine.Assembler.Gp;
import io.longhaul.engine.kernel.machine.Assembler.Label;
import io.longhaul.engine.kernel.machine.Assembler.Mem;

/**
 * {@link RowDecodeCode} for types with grids, and AVX2: the same arguments, with {@link
 * RowDecodes#SCRATCH_BYTES} to work in, one row after the other.
 */
final class GridDecodeCode {
  private GridDecodeCode() {}

  static byte[] of(GridAvx2Products step) {
    Assembler a = new Assembler(Encoding.VEX);
    Mem scratch = Mem.of(Gp.R8, 0);
    a.push(Gp.R14);
    a.push(Gp.R15);
    step.constants(new Constants(a, Gp.RAX, scratch));
    a.mov(Gp.RAX, RowDecodes.ROWS);
    Label row = a.label();
    a.push(Gp.RDI);
    a.push(Gp.RCX);
    a.push(Gp.RDX);
    Label loop = a.label();
    step.emitFloats(a, Mem.of(Gp.RDI, 0), Mem.of(Gp.RCX, 0), scratch);
    a.add(Gp.RDI, step.bytes());
    a.add(Gp.RCX, step.columns() * Float.BYTES);
    a.dec(Gp.RDX);
    a.jnz(loop);
    a.pop(Gp.RDX);
    a.pop(Gp.RCX);
    a.pop(Gp.RDI);
    a.add(Gp.RDI, Gp.RSI);
    a.add(Gp.RCX, Gp.R9);
    a.dec(Gp.RAX);
    a.jnz(row);
    a.pop(Gp.R15);
    a.pop(Gp.R14);
    a.vzeroupper();
    a.ret();
    return a.code();
  }
}
