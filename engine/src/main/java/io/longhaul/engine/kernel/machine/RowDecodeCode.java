package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.machine.Assembler.Gp;
import io.longhaul.engine.kernel.machine.Assembler.Label;
import io.longhaul.engine.kernel.machine.Assembler.Mem;
import io.longhaul.engine.kernel.machine.Assembler.Vec;
import java.util.List;

/**
 * Decodes some columns of eight rows to floats, to the bits of their decoder.
 *
 * <p>Arguments (System V): rdi the first row's weights, rsi bytes from row to row, rdx steps, rcx
 * the floats, r8 64 bytes a row to work in, r9 bytes from one row of floats to the next one's.
 */
final class RowDecodeCode {
  private RowDecodeCode() {}

  static byte[] of(RowStep step) {
    Assembler a = new Assembler();
    Mem scratch = Mem.of(Gp.R8, 0);
    a.push(Gp.RBX);
    step.constants(new Constants(a, Gp.RAX, scratch));
    // Rows of weights as RowSumsCode has them; of floats, r11 is the fourth, rbx leads to row 6.
    a.lea(Gp.R10, Mem.of(Gp.RSI, Gp.RSI, 2, 0));
    a.lea(Gp.RAX, Mem.of(Gp.RDI, Gp.R10, 1, 0));
    a.lea(Gp.R10, Mem.of(Gp.R10, Gp.R10, 1, 0));
    a.lea(Gp.RBX, Mem.of(Gp.R9, Gp.R9, 2, 0));
    a.lea(Gp.R11, Mem.of(Gp.RCX, Gp.RBX, 1, 0));
    a.lea(Gp.RBX, Mem.of(Gp.RBX, Gp.RBX, 1, 0));
    List<Mem> floats = RowSumsCode.rows(Gp.RCX, Gp.R11, Gp.R9, Gp.RBX);
    Label loop = a.label();
    step.emit(a, RowSumsCode.rows(Gp.RDI, Gp.RAX, Gp.RSI, Gp.R10), new Stores(a, floats), scratch);
    a.add(Gp.RDI, step.bytes());
    a.add(Gp.RAX, step.bytes());
    a.add(Gp.RCX, step.columns() * Float.BYTES);
    a.add(Gp.R11, step.columns() * Float.BYTES);
    a.dec(Gp.RDX);
    a.jnz(loop);
    a.pop(Gp.RBX);
    a.vzeroupper();
    a.ret();
    return a.code();
  }

  private record Stores(Assembler a, List<Mem> rows) implements RowStep.Use {
    @Override
    public void loadInput(Vec input, int column) {
      // Weights alone are wanted.
    }

    @Override
    public void use(int row, int column, Vec weights, Vec input) {
      a.store(Simd.VMOVUPS_STORE, rows.get(row).plus(column * Float.BYTES), weights);
    }
  }
}
