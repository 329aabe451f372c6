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
    write(value);
    a.op(Simd.VPMOVSXBD, to, memory);
  }

  private void write(IntUnaryOperator value) {
    for (int at = 0; at < LANES; at += Integer.BYTES) {
      int four = 0;
      for (int i = 0; i < Integer.BYTES; i++) {
        four |= (value.applyAsInt(at + i) & 0xFF) << (8 * i);
      }
      a.mov(register, four);
      a.mov(memory.plus(at), register); // 64 bits: the upper ones are overwritten by the next
    }
  }

  /** As {@link #ints}, as floats. */
  void floats(Vec to, IntUnaryOperator value) {
    ints(to, value);
    a.op(Simd.VCVTDQ2PS, to, to);
  }

  /** Sixteen shorts, in the lower half. */
  void shorts(Vec to, IntUnaryOperator value) {
    ints(to, value);
    a.store(Simd.VPMOVDW, to.ymm(), to);
  }

  /** Byte i of each sixteen holds {@code value(i)}. */
  void quarters(Vec to, IntUnaryOperator value) {
    write(value);
    a.op(Simd.VBROADCASTI32X4, to, memory);
  }

  /** All bytes of the vector: byte i holds {@code value(i)}. */
  void each(Vec to, IntUnaryOperator value) {
    for (int quarter = 0; quarter < to.bits() / 128; quarter++) {
      int first = quarter * LANES;
      write(i -> value.applyAsInt(first + i));
      a.op(Simd.VINSERTF32X4, to, to, memory, quarter);
    }
  }

  /** One int in all lanes. */
  void ints(Vec to, int value) {
    ints(a, register, to, value);
  }

  /** As {@link #ints(Vec, int)}, where there is no memory to work in. */
  static void ints(Assembler a, Gp register, Vec to, int value) {
    a.mov(register, value);
    a.vpbroadcastd(to, register);
  }

  /** Keeps a vector in memory, so far behind that which may be overwritten. */
  void store(int at, Vec from) {
    a.store(Simd.VMOVUPS_STORE, memory.plus(at), from);
  }

  /** One byte, four times an int. */
  void bytes(Vec to, int value) {
    ints(to, value * 0x0101_0101);
  }
}
