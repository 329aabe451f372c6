package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.machine.Assembler.Mem;
import io.longhaul.engine.kernel.machine.Assembler.Vec;
import java.util.List;

/** A step over a block of 256 columns. Vector registers 1 to 7 are its own, too. */
interface BlockStep extends ByteStep {
  @Override
  default void emit(Assembler a, List<Mem> rows, Mem input, Mem scratch) {
    emitBlock(a, rows.getFirst(), input, scratch);
  }

  /** As {@link #emit}, of one row. */
  void emitBlock(Assembler a, Mem block, Mem input, Mem scratch);

  /**
   * Codes of two bits: of each 32 bytes first the lowest ones, which are 32 columns, and so on.
   *
   * @param bytes holds them from one vector to the next
   * @param three in all bytes
   */
  static void twoBits(Assembler a, int vector, Vec to, Vec bytes, Mem codes, Vec three) {
    int shift = vector % 4 * 2;
    if (shift == 0) {
      a.op(Simd.VMOVUPS, bytes, codes.plus(vector / 4 * 32));
      a.op(Simd.VPANDD, to, bytes, three);
    } else {
      a.vpsrlw(to, bytes, shift);
      a.op(Simd.VPANDD, to, to, three);
    }
  }
}
