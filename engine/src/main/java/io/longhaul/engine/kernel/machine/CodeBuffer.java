package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.machine.Assembler.Gp;
import io.longhaul.engine.kernel.machine.Assembler.Mem;
import java.util.Arrays;

/** The bytes of some code as they are emitted, and what many instructions have in common. */
class CodeBuffer {
  private byte[] code = new byte[1024];
  private int size;

  final byte[] code() {
    return Arrays.copyOf(code, size);
  }

  final int size() {
    return size;
  }

  final void emit(int... bytes) {
    for (int b : bytes) {
      size++;
      grow();
      code[size - 1] = (byte) b;
    }
  }

  final void int32(int value) {
    size += Integer.BYTES;
    grow();
    setInt32(size - Integer.BYTES, value);
  }

  final void setInt32(int at, int value) {
    for (int i = 0; i < Integer.BYTES; i++) {
      code[at + i] = (byte) (value >>> (8 * i));
    }
  }

  private void grow() {
    if (size > code.length) {
      code = Arrays.copyOf(code, 2 * code.length);
    }
  }

  /** Any 64 bits to a register. */
  final void movabs(Gp to, long value) {
    emit(0x48 | (to.code() >>> 3), 0xB8 | (to.code() & 7));
    int32((int) value);
    int32((int) (value >>> Integer.SIZE));
  }

  final void rex(boolean wide, int reg, Mem rm) {
    int index = rm.scale() == 0 ? 0 : rm.index().code();
    int bits =
        (wide ? 8 : 0) | ((reg >>> 3) << 2) | ((index >>> 3) << 1) | (rm.base().code() >>> 3);
    if (bits != 0) {
      emit(0x40 | bits);
    }
  }

  /** ModRM, SIB where there is an index or r12 is the base, and displacement. */
  final void memory(int reg, Mem rm) {
    if (rm.scale() != 0) {
      emit(0x80 | ((reg & 7) << 3) | 4);
      int scale = Integer.numberOfTrailingZeros(rm.scale());
      emit((scale << 6) | ((rm.index().code() & 7) << 3) | (rm.base().code() & 7));
    } else if ((rm.base().code() & 7) == 4) {
      emit(0x80 | ((reg & 7) << 3) | 4, 0x24);
    } else {
      emit(0x80 | ((reg & 7) << 3) | (rm.base().code() & 7));
    }
    int32(rm.displacement());
  }
}
