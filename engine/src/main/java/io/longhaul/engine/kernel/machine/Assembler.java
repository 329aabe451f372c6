package io.longhaul.engine.kernel.machine;

import java.io.ByteArrayOutputStream;

/**
 * Encodes the few x86-64 instructions that the machine kernels are made of (Intel 64 and IA-32
 * Architectures Software Developer's Manual, volume 2). Methods are named after the mnemonics, the
 * destination comes first. Memory operands always have a displacement of 32 bits, which EVEX does
 * not scale.
 */
final class Assembler {
  /** A general-purpose register of 64 bits. */
  enum Gp {
    RAX(0),
    RCX(1),
    RDX(2),
    RSI(6),
    RDI(7),
    R8(8),
    R9(9),
    R10(10),
    R11(11);

    private final int code;

    Gp(int code) {
      this.code = code;
    }
  }

  /** A vector register, {@code zmm0} to {@code zmm31}; shorter vectors are its lower part. */
  record Vec(int code) {
    Vec {
      if (code < 0 || code > 31) {
        throw new IllegalArgumentException("there is no zmm" + code);
      }
    }
  }

  /**
   * {@code [base + index · scale + displacement]}.
   *
   * @param scale 1, 2, 4 or 8; 0 for no index
   */
  record Mem(Gp base, Gp index, int scale, int displacement) {
    static Mem of(Gp base, int displacement) {
      return new Mem(base, Gp.RAX, 0, displacement);
    }

    static Mem of(Gp base, Gp index, int scale, int displacement) {
      return new Mem(base, index, scale, displacement);
    }

    Mem plus(int more) {
      return new Mem(base, index, scale, displacement + more);
    }
  }

  /** A place in the code. */
  record Label(int position) {}

  private enum Map {
    OF(1),
    OF38(2);

    private final int code;

    Map(int code) {
      this.code = code;
    }
  }

  private enum Prefix {
    NONE(0),
    P66(1);

    private final int code;

    Prefix(int code) {
      this.code = code;
    }
  }

  private enum Length {
    L256(1),
    L512(2);

    private final int code;

    Length(int code) {
      this.code = code;
    }
  }

  private static final Vec NO_VEC = new Vec(0);

  private final ByteArrayOutputStream code = new ByteArrayOutputStream();

  byte[] code() {
    return code.toByteArray();
  }

  Label label() {
    return new Label(code.size());
  }

  void vmovups(Vec to, Mem from) {
    evex(Map.OF, Prefix.NONE, Length.L512, 0x10, to, NO_VEC, from);
  }

  void vmovups(Mem to, Vec from) {
    evex(Map.OF, Prefix.NONE, Length.L512, 0x11, from, NO_VEC, to);
  }

  /** Sixteen bytes to ints. */
  void vpmovsxbd(Vec to, Mem from) {
    evex(Map.OF38, Prefix.P66, Length.L512, 0x21, to, NO_VEC, from);
  }

  /** Sixteen ints to floats. */
  void vcvtdq2ps(Vec to, Vec from) {
    evex(Map.OF, Prefix.NONE, Length.L512, 0x5B, to, NO_VEC, from);
  }

  /** One stored short to all sixteen lanes of 16 bits. */
  void vpbroadcastw(Vec to, Mem from) {
    evex(Map.OF38, Prefix.P66, Length.L256, 0x79, to, NO_VEC, from);
  }

  /** Sixteen half floats to floats. */
  void vcvtph2ps(Vec to, Mem from) {
    evex(Map.OF38, Prefix.P66, Length.L512, 0x13, to, NO_VEC, from);
  }

  /** Sixteen half floats to floats. */
  void vcvtph2ps(Vec to, Vec from) {
    evex(Map.OF38, Prefix.P66, Length.L512, 0x13, to, NO_VEC, from);
  }

  void vmulps(Vec to, Vec a, Vec b) {
    evex(Map.OF, Prefix.NONE, Length.L512, 0x59, to, a, b);
  }

  /** {@code to += a · b}, rounded once. */
  void vfmadd231ps(Vec to, Vec a, Vec b) {
    evex(Map.OF38, Prefix.P66, Length.L512, 0xB8, to, a, b);
  }

  /** {@code to += a · b}, where {@code b} is one float in memory. */
  void vfmadd231psBroadcast(Vec to, Vec a, Mem b) {
    evex(Map.OF38, Prefix.P66, Length.L512, 0xB8, to, a, b, true);
  }

  void vmaxps(Vec to, Vec a, Vec b) {
    evex(Map.OF, Prefix.NONE, Length.L512, 0x5F, to, a, b);
  }

  /** Exclusive or; of two equal registers, zero. */
  void vpxord(Vec to, Vec a, Vec b) {
    evex(Map.OF, Prefix.P66, Length.L512, 0xEF, to, a, b);
  }

  /** One float to all sixteen lanes. */
  void vbroadcastss(Vec to, Mem from) {
    evex(Map.OF38, Prefix.P66, Length.L512, 0x18, to, NO_VEC, from);
  }

  /** Has a line brought into the first-level cache. */
  void prefetcht0(Mem from) {
    prefetch(1, from);
  }

  /** Has a line brought into the second-level cache. */
  void prefetcht1(Mem from) {
    prefetch(2, from);
  }

  private void prefetch(int level, Mem from) {
    rex(false, 0, from);
    emit(0x0F, 0x18);
    memory(level, from);
  }

  void lea(Gp to, Mem address) {
    rex(true, to.code, address);
    emit(0x8D);
    memory(to.code, address);
  }

  void add(Gp to, int value) {
    emit(0x48 | (to.code >>> 3), 0x81, 0xC0 | (to.code & 7));
    int32(value);
  }

  void mov(Gp to, int value) {
    emit(0x48 | (to.code >>> 3), 0xC7, 0xC0 | (to.code & 7));
    int32(value);
  }

  void dec(Gp register) {
    emit(0x48 | (register.code >>> 3), 0xFF, 0xC8 | (register.code & 7));
  }

  /** Jumps back where the last result was not zero. */
  void jnz(Label target) {
    emit(0x0F, 0x85);
    int32(target.position - (code.size() + Integer.BYTES));
  }

  /** Spares code with the older encodings a penalty. */
  void vzeroupper() {
    emit(0xC5, 0xF8, 0x77);
  }

  void ret() {
    emit(0xC3);
  }

  private void evex(Map map, Prefix prefix, Length length, int opcode, Vec reg, Vec vvvv, Vec rm) {
    int x = rm.code >>> 4 & 1;
    int b = rm.code >>> 3 & 1;
    evexPrefix(map, prefix, length, reg.code, x, b, vvvv.code, false);
    emit(opcode, 0xC0 | ((reg.code & 7) << 3) | (rm.code & 7));
  }

  private void evex(Map map, Prefix prefix, Length length, int opcode, Vec reg, Vec vvvv, Mem rm) {
    evex(map, prefix, length, opcode, reg, vvvv, rm, false);
  }

  private void evex(
      Map map,
      Prefix prefix,
      Length length,
      int opcode,
      Vec reg,
      Vec vvvv,
      Mem rm,
      boolean broadcast) {
    int x = rm.scale == 0 ? 0 : rm.index.code >>> 3;
    int b = rm.base.code >>> 3;
    evexPrefix(map, prefix, length, reg.code, x, b, vvvv.code, broadcast);
    emit(opcode);
    memory(reg.code, rm);
  }

  /** The four bytes of an EVEX prefix; all register bits in it are inverted. */
  private void evexPrefix(
      Map map, Prefix prefix, Length length, int reg, int x, int b, int vvvv, boolean broadcast) {
    int inverted =
        ((~reg >>> 3 & 1) << 7) | ((~x & 1) << 6) | ((~b & 1) << 5) | ((~reg >>> 4 & 1) << 4);
    emit(
        0x62,
        inverted | map.code,
        ((~vvvv & 0xF) << 3) | 1 << 2 | prefix.code,
        (length.code << 5) | (broadcast ? 1 << 4 : 0) | ((~vvvv >>> 4 & 1) << 3));
  }

  private void rex(boolean wide, int reg, Mem rm) {
    int index = rm.scale == 0 ? 0 : rm.index.code;
    int bits = (wide ? 8 : 0) | ((reg >>> 3) << 2) | ((index >>> 3) << 1) | (rm.base.code >>> 3);
    if (bits != 0) {
      emit(0x40 | bits);
    }
  }

  /** ModRM, SIB where there is an index, and displacement. */
  private void memory(int reg, Mem rm) {
    if (rm.scale == 0) {
      emit(0x80 | ((reg & 7) << 3) | (rm.base.code & 7));
    } else {
      emit(0x80 | ((reg & 7) << 3) | 4);
      int scale = Integer.numberOfTrailingZeros(rm.scale);
      emit((scale << 6) | ((rm.index.code & 7) << 3) | (rm.base.code & 7));
    }
    int32(rm.displacement);
  }

  private void int32(int value) {
    emit(value & 0xFF, value >>> 8 & 0xFF, value >>> 16 & 0xFF, value >>> 24);
  }

  private void emit(int... bytes) {
    for (int b : bytes) {
      code.write(b);
    }
  }
}
