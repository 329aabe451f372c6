package io.longhaul.engine.kernel.machine;

import java.util.ArrayList;
import java.util.List;

/**
 * Encodes the few x86-64 instructions that the machine kernels are made of (Intel 64 and IA-32
 * Architectures Software Developer's Manual, volume 2). The destination comes first. Memory
 * operands always have a displacement of 32 bits, which EVEX does not scale, and jumps one of 32
 * bits.
 */
final class Assembler extends CodeBuffer {
  /** How vector instructions begin. */
  enum Encoding {
    /** AVX and AVX2: vectors 0 to 15 of up to 256 bits, no masks, nothing broadcast by the way. */
    VEX,
    /** AVX-512. */
    EVEX
  }

  /** A general-purpose register of 64 bits. */
  enum Gp {
    RAX(0),
    RCX(1),
    RDX(2),
    RBX(3),
    RBP(5),
    RSI(6),
    RDI(7),
    R8(8),
    R9(9),
    R10(10),
    R11(11),
    R12(12),
    R13(13),
    R14(14),
    R15(15);

    private final int code;

    Gp(int code) {
      this.code = code;
    }

    int code() {
      return code;
    }
  }

  /** A mask register; {@link #NONE} means all lanes. */
  enum Mask {
    NONE(0),
    K1(1),
    K2(2),
    K3(3),
    K4(4),
    K5(5),
    K6(6);

    private final int code;

    Mask(int code) {
      this.code = code;
    }
  }

  /** What a jump depends on. */
  enum Condition {
    /** Unsigned less. */
    BELOW(0x2),
    ZERO(0x4),
    NOT_ZERO(0x5),
    /** Signed less. */
    LESS(0xC),
    /** Signed greater. */
    GREATER(0xF);

    private final int code;

    Condition(int code) {
      this.code = code;
    }
  }

  /** What a vector instruction reads last. */
  sealed interface Operand {}

  /** A vector register: {@code zmm0} to {@code zmm31}, or its lower half or quarter. */
  record Vec(int code, int bits) implements Operand {
    Vec {
      if (code < 0 || code > 31) {
        throw new IllegalArgumentException("there is no zmm" + code);
      }
    }

    Vec(int code) {
      this(code, 512);
    }

    static Vec ymm(int code) {
      return new Vec(code, 256);
    }

    Vec ymm() {
      return new Vec(code, 256);
    }

    Vec xmm() {
      return new Vec(code, 128);
    }
  }

  /**
   * {@code [base + index · scale + displacement]}.
   *
   * @param scale 1, 2, 4 or 8; 0 for no index
   * @param broadcast whether it is one element that is taken for all lanes
   */
  record Mem(Gp base, Gp index, int scale, int displacement, boolean broadcast) implements Operand {
    static Mem of(Gp base, int displacement) {
      return new Mem(base, Gp.RAX, 0, displacement, false);
    }

    static Mem of(Gp base, Gp index, int scale, int displacement) {
      return new Mem(base, index, scale, displacement, false);
    }

    Mem plus(int more) {
      return new Mem(base, index, scale, displacement + more, broadcast);
    }

    /** One float or int at the address, in all lanes. */
    Mem toAll() {
      return new Mem(base, index, scale, displacement, true);
    }
  }

  /** A place in the code, to jump to from before or behind it. */
  static final class Label {
    private static final int UNKNOWN = -1;

    private int position = UNKNOWN;

    /** Where displacements that lead here are to be written. */
    private final List<Integer> jumps = new ArrayList<>();
  }

  private static final Vec NO_VEC = new Vec(0);

  private final Encoding encoding;

  Assembler(Encoding encoding) {
    this.encoding = encoding;
  }

  /** With EVEX prefixes. */
  Assembler() {
    this(Encoding.EVEX);
  }

  // Vector instructions

  /** {@code to = op(from)}. */
  void op(Simd op, Vec to, Operand from) {
    evex(op, to, NO_VEC, from, Mask.NONE, false);
  }

  /** {@code to = op(a, b)}; or {@code to = op(to, a, b)} for those that add to their target. */
  void op(Simd op, Vec to, Vec a, Operand b) {
    evex(op, to, a, b, Mask.NONE, false);
  }

  /** As {@link #op(Simd, Vec, Vec, Operand)}; the other lanes keep their values. */
  void op(Simd op, Vec to, Mask mask, Vec a, Operand b) {
    evex(op, to, a, b, mask, false);
  }

  /** {@code to = op(from)} in the masked lanes; the others keep their values. */
  void op(Simd op, Vec to, Mask mask, Operand from) {
    evex(op, to, NO_VEC, from, mask, false);
  }

  /** {@code to = op(from)} in the masked lanes, zero in the others; others are not even read. */
  void opOrZero(Simd op, Vec to, Mask mask, Operand from) {
    evex(op, to, NO_VEC, from, mask, true);
  }

  /** {@code to = op(from, immediate)}. */
  void op(Simd op, Vec to, Operand from, int immediate) {
    op(op, to, from);
    emit(immediate);
  }

  /** {@code to = op(a, b, immediate)}. */
  void op(Simd op, Vec to, Vec a, Operand b, int immediate) {
    op(op, to, a, b);
    emit(immediate);
  }

  /** For instructions whose destination is memory, or a narrower register. */
  void store(Simd op, Operand to, Vec from) {
    evex(op, from, NO_VEC, to, Mask.NONE, false);
  }

  /** Stores the masked lanes alone. */
  void store(Simd op, Operand to, Mask mask, Vec from) {
    evex(op, from, NO_VEC, to, mask, false);
  }

  /** As {@link #store(Simd, Operand, Vec)} with an immediate: a part, or a way of rounding. */
  void store(Simd op, Operand to, Vec from, int immediate) {
    store(op, to, from);
    emit(immediate);
  }

  /** Shifts each int right, zeros coming in. */
  void vpsrld(Vec to, Vec from, int bits) {
    shift(0x72, 2, to, from, bits);
  }

  /** Shifts each int right, its sign coming in. */
  void vpsrad(Vec to, Vec from, int bits) {
    shift(0x72, 4, to, from, bits);
  }

  /** Shifts each int left. */
  void vpslld(Vec to, Vec from, int bits) {
    shift(0x72, 6, to, from, bits);
  }

  /** Shifts each short right, zeros coming in. */
  void vpsrlw(Vec to, Vec from, int bits) {
    shift(0x71, 2, to, from, bits);
  }

  /** Shifts each short right, its sign coming in. */
  void vpsraw(Vec to, Vec from, int bits) {
    shift(0x71, 4, to, from, bits);
  }

  /** Shifts each short left. */
  void vpsllw(Vec to, Vec from, int bits) {
    shift(0x71, 6, to, from, bits);
  }

  private void shift(int opcode, int extension, Vec to, Vec from, int bits) {
    int x = from.code >>> 4 & 1;
    int b = from.code >>> 3 & 1;
    int l = length(to);
    prefix(Simd.Map.OF, Simd.Prefix.P66, 0, l, extension, x, b, to.code, 0, false, false);
    emit(opcode, 0xC0 | (extension << 3) | (from.code & 7), bits);
  }

  /** An int of a general-purpose register in all lanes. */
  void vpbroadcastd(Vec to, Gp from) {
    if (encoding == Encoding.VEX) {
      vmovd(to, from);
      op(Simd.VPBROADCASTD, to, to.xmm());
      return;
    }
    int b = from.code >>> 3;
    prefix(Simd.Map.OF38, Simd.Prefix.P66, 0, length(to), to.code, 0, b, 0, 0, false, false);
    emit(0x7C, 0xC0 | ((to.code & 7) << 3) | (from.code & 7));
  }

  /** The low 32 bits of a register to lane 0, zeros to the others. */
  void vmovd(Vec to, Gp from) {
    int b = from.code >>> 3;
    prefix(Simd.Map.OF, Simd.Prefix.P66, 0, 0, to.code, 0, b, 0, 0, false, false);
    emit(0x6E, 0xC0 | ((to.code & 7) << 3) | (from.code & 7));
  }

  /**
   * {@code to[lane] = [base + index[lane] · scale + displacement]} in the masked lanes; the mask is
   * zero afterwards.
   */
  void vgatherdps(Vec to, Mask mask, Gp base, Vec index, int scale, int displacement) {
    int inverted =
        ((~to.code >>> 3 & 1) << 7)
            | ((~index.code >>> 3 & 1) << 6)
            | ((~base.code >>> 3 & 1) << 5)
            | ((~to.code >>> 4 & 1) << 4);
    emit(0x62, inverted | 2, (0xF << 3) | 1 << 2 | 1);
    emit((length(to) << 5) | ((~index.code >>> 4 & 1) << 3) | mask.code, 0x92);
    emit(0x80 | ((to.code & 7) << 3) | 4);
    emit((Integer.numberOfTrailingZeros(scale) << 6) | ((index.code & 7) << 3) | (base.code & 7));
    int32(displacement);
  }

  /** Sixteen bits of a register to a mask. */
  void kmovw(Mask to, Gp from) {
    emit(0xC5 - (from.code >>> 3)); // two bytes of prefix, three for the upper registers
    if (from.code >= 8) {
      emit(0xC1, 0x78);
    } else {
      emit(0xF8);
    }
    emit(0x92, 0xC0 | (to.code << 3) | (from.code & 7));
  }

  /** Sixteen bits of memory to a mask. */
  void kmovw(Mask to, Mem from) {
    kmov(to, from, 0);
  }

  /** 64 bits of memory to a mask, one for each byte of a vector. */
  void kmovq(Mask to, Mem from) {
    kmov(to, from, 1);
  }

  private void kmov(Mask to, Mem from, int w) {
    int x = from.scale == 0 ? 0 : from.index.code >>> 3;
    int b = from.base.code >>> 3;
    if ((w | x | b) == 0) {
      emit(0xC5, 0xF8, 0x90);
    } else {
      emit(0xC4, 0x81 | ((~x & 1) << 6) | ((~b & 1) << 5), (w << 7) | 0x78, 0x90);
    }
    memory(to.code, from);
  }

  /** A bit for each byte: whether the two have a bit in common. */
  void vptestmb(Mask to, Vec a, Vec b) {
    int x = b.code >>> 4 & 1;
    int high = b.code >>> 3 & 1;
    prefix(Simd.Map.OF38, Simd.Prefix.P66, 0, length(b), to.code, x, high, a.code, 0, false, false);
    emit(0x26, 0xC0 | (to.code << 3) | (b.code & 7));
  }

  // Memory

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

  // General-purpose registers

  void lea(Gp to, Mem address) {
    rex(true, to.code, address);
    emit(0x8D);
    memory(to.code, address);
  }

  /** Loads 64 bits. */
  void mov(Gp to, Mem from) {
    rex(true, to.code, from);
    emit(0x8B);
    memory(to.code, from);
  }

  /** Loads 32 bits; the upper half becomes zero. */
  void movInt(Gp to, Mem from) {
    rex(false, to.code, from);
    emit(0x8B);
    memory(to.code, from);
  }

  /** Loads 16 bits, zeros above. */
  void movzxShort(Gp to, Mem from) {
    rex(false, to.code, from);
    emit(0x0F, 0xB7);
    memory(to.code, from);
  }

  /** Loads a byte, zeros above. */
  void movzxByte(Gp to, Mem from) {
    rex(false, to.code, from);
    emit(0x0F, 0xB6);
    memory(to.code, from);
  }

  /** Stores 64 bits. */
  void mov(Mem to, Gp from) {
    rex(true, from.code, to);
    emit(0x89);
    memory(from.code, to);
  }

  /** Stores 32 bits. */
  void movInt(Mem to, Gp from) {
    rex(false, from.code, to);
    emit(0x89);
    memory(from.code, to);
  }

  void mov(Gp to, Gp from) {
    registers(0x89, to, from);
  }

  void mov(Gp to, int value) {
    immediate(0xC7, 0, to, value);
  }

  void add(Gp to, int value) {
    immediate(0x81, 0, to, value);
  }

  void add(Gp to, Gp from) {
    registers(0x01, to, from);
  }

  void sub(Gp to, int value) {
    immediate(0x81, 5, to, value);
  }

  void sub(Gp to, Gp from) {
    registers(0x29, to, from);
  }

  void and(Gp to, int value) {
    immediate(0x81, 4, to, value);
  }

  void or(Gp to, Gp from) {
    registers(0x09, to, from);
  }

  void cmp(Gp a, int value) {
    immediate(0x81, 7, a, value);
  }

  void cmp(Gp a, Gp b) {
    registers(0x39, a, b);
  }

  /** Shifts 64 bits left. */
  void shl(Gp register, int bits) {
    emit(0x48 | (register.code >>> 3), 0xC1, 0xE0 | (register.code & 7), bits);
  }

  /** Shifts 64 bits right, zeros coming in. */
  void shr(Gp register, int bits) {
    emit(0x48 | (register.code >>> 3), 0xC1, 0xE8 | (register.code & 7), bits);
  }

  void dec(Gp register) {
    emit(0x48 | (register.code >>> 3), 0xFF, 0xC8 | (register.code & 7));
  }

  void push(Gp register) {
    if (register.code >= 8) {
      emit(0x41);
    }
    emit(0x50 | (register.code & 7));
  }

  void pop(Gp register) {
    if (register.code >= 8) {
      emit(0x41);
    }
    emit(0x58 | (register.code & 7));
  }

  private void registers(int opcode, Gp to, Gp from) {
    emit(0x48 | ((from.code >>> 3) << 2) | (to.code >>> 3), opcode);
    emit(0xC0 | ((from.code & 7) << 3) | (to.code & 7));
  }

  private void immediate(int opcode, int extension, Gp to, int value) {
    emit(0x48 | (to.code >>> 3), opcode, 0xC0 | (extension << 3) | (to.code & 7));
    int32(value);
  }

  // Flow

  /** A label for this place. */
  Label label() {
    Label label = new Label();
    bind(label);
    return label;
  }

  /** Puts a label here, which jumps may have named before. */
  void bind(Label label) {
    if (label.position != Label.UNKNOWN) {
      throw new IllegalStateException("the label is bound already");
    }
    label.position = size();
    for (int at : label.jumps) {
      setInt32(at, size() - (at + Integer.BYTES));
    }
  }

  void jump(Condition condition, Label target) {
    emit(0x0F, 0x80 | condition.code);
    displacement(target);
  }

  void jump(Label target) {
    emit(0xE9);
    displacement(target);
  }

  private void displacement(Label target) {
    if (target.position == Label.UNKNOWN) {
      target.jumps.add(size());
      int32(0);
    } else {
      int32(target.position - (size() + Integer.BYTES));
    }
  }

  /** Jumps where the last result was not zero. */
  void jnz(Label target) {
    jump(Condition.NOT_ZERO, target);
  }

  /** Spares code with the older encodings a penalty. */
  void vzeroupper() {
    emit(0xC5, 0xF8, 0x77);
  }

  void ret() {
    emit(0xC3);
  }

  // Encoding

  private void evex(Simd op, Vec reg, Vec vvvv, Operand last, Mask mask, boolean zero) {
    int w = encoding == Encoding.VEX ? 0 : op.w; // there it is a part of no opcode that we use
    switch (last) {
      case Vec rm -> {
        int x = rm.code >>> 4 & 1;
        int b = rm.code >>> 3 & 1;
        int length = Math.max(length(reg), length(rm));
        if (encoding == Encoding.VEX && x != 0) {
          throw new IllegalStateException("VEX has no zmm" + rm.code);
        }
        prefix(op.map, op.prefix, w, length, reg.code, x, b, vvvv.code, mask.code, zero, false);
        emit(op.opcode, 0xC0 | ((reg.code & 7) << 3) | (rm.code & 7));
      }
      case Mem rm -> {
        int x = rm.scale == 0 ? 0 : rm.index.code >>> 3;
        int b = rm.base.code >>> 3;
        prefix(
            op.map,
            op.prefix,
            w,
            length(reg),
            reg.code,
            x,
            b,
            vvvv.code,
            mask.code,
            zero,
            rm.broadcast);
        emit(op.opcode);
        memory(reg.code, rm);
      }
    }
  }

  private static int length(Vec vec) {
    return vec.bits >>> 8; // 0, 1 and 2 for 128, 256 and 512 bits
  }

  /** The prefix of the encoding; most of the bits of registers in it are inverted. */
  private void prefix(
      Simd.Map map,
      Simd.Prefix prefix,
      int w,
      int length,
      int reg,
      int x,
      int b,
      int vvvv,
      int mask,
      boolean zero,
      boolean broadcast) {
    int inverted = ((~reg >>> 3 & 1) << 7) | ((~x & 1) << 6) | ((~b & 1) << 5);
    if (encoding == Encoding.VEX) {
      if ((reg | vvvv) > 15 || length > 1 || mask != 0 || broadcast) {
        throw new IllegalStateException("VEX cannot encode what only AVX-512 has");
      }
      emit(
          0xC4, inverted | map.code, (w << 7) | ((~vvvv & 0xF) << 3) | (length << 2) | prefix.code);
      return;
    }
    inverted |= (~reg >>> 4 & 1) << 4;
    emit(
        0x62,
        inverted | map.code,
        (w << 7) | ((~vvvv & 0xF) << 3) | 1 << 2 | prefix.code,
        (zero ? 1 << 7 : 0)
            | (length << 5)
            | (broadcast ? 1 << 4 : 0)
            | ((~vvvv >>> 4 & 1) << 3)
            | mask);
  }
}
