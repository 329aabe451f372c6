package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.machine.Assembler.Gp;
import io.longhaul.engine.kernel.machine.Assembler.Mem;
import io.longhaul.engine.kernel.machine.Assembler.Vec;
import java.util.function.IntUnaryOperator;

/**
 * Has vectors of small numbers written by the code itself: its memory holds no data beside it.
 *
 * @param a gets the code
 * @param register may be overwritten
 * @param memory 16 bytes that may be
 */
record Constants(Assembler a, Gp register, Mem memory) {
  private static final int LANES = 16;

  /** Signed bytes, one an int: lane l holds {@code value(l)}. */
  void ints(Vec to, IntUnaryOperator value) {
    for (int at = 0; at < LANES; at += Integer.BYTES) {
      int four = 0;
      for (int i = 0; i < Integer.BYTES; i++) {
        four |= (value.applyAsInt(at + i) & 0xFF) << (8 * i);
      }
      a.mov(register, four);
      a.mov(memory.plus(at), register); // 64 bits: the upper ones are overwritten by the next
    }
    a.op(Simd.VPMOVSXBD, to, memory);
  }

  /** As {@link #ints}, as floats. */
  void floats(Vec to, IntUnaryOperator value) {
    ints(to, value);
    a.op(Simd.VCVTDQ2PS, to, to);
  }

  /** One byte, four times an int. */
  void bytes(Vec to, int value) {
    a.mov(register, value * 0x0101_0101);
    a.vpbroadcastd(to, register);
  }
}
