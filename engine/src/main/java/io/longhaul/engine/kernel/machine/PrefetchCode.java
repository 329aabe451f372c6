package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.machine.Assembler.Gp;
import io.longhaul.engine.kernel.machine.Assembler.Label;
import io.longhaul.engine.kernel.machine.Assembler.Mem;

/**
 * Has memory brought into the second-level cache while the processor does something else.
 *
 * <p>Arguments (System V): rdi an address, rsi lines of 64 bytes from it on.
 */
final class PrefetchCode {
  static final int LINE = 64;

  private PrefetchCode() {}

  static byte[] lines() {
    Assembler a = new Assembler();
    Label line = a.label();
    a.prefetcht1(Mem.of(Gp.RDI, 0));
    a.add(Gp.RDI, LINE);
    a.dec(Gp.RSI);
    a.jnz(line);
    a.ret();
    return a.code();
  }
}
