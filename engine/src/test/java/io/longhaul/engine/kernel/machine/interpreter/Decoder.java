package io.longhaul.engine.kernel.machine.interpreter;

import io.longhaul.engine.kernel.machine.interpreter.Instruction.General;
import io.longhaul.engine.kernel.machine.interpreter.Instruction.GeneralOperation;
import io.longhaul.engine.kernel.machine.interpreter.Spec.Form;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * Decodes instructions as the manual has them, as far as they are known; others fail the test, as
 * do prefixes that the processor would refuse.
 */
final class Decoder {
  private static final int EVEX = 0x62;
  private static final int LONG_VEX = 0xC4;
  private static final int SHORT_VEX = 0xC5;

  private static final int NO_REGISTER = 0;

  private final byte[] code;
  private int start;
  private int at;

  Decoder(byte[] code) {
    this.code = code;
  }

  /** The instruction at an offset. */
  Instruction at(int offset) {
    start = offset;
    at = offset;
    return switch (next()) {
      case EVEX -> vector(evexPrefix());
      case LONG_VEX -> vex(longVexPrefix());
      case SHORT_VEX -> vex(shortVexPrefix());
      default -> {
        at = start;
        yield general();
      }
    };
  }

  private int next() {
    if (at >= code.length) {
      throw unknown("ends within an instruction");
    }
    return code[at++] & 0xFF;
  }

  private int int32() {
    int value = 0;
    for (int i = 0; i < Integer.BYTES; i++) {
      value |= next() << (8 * i);
    }
    return value;
  }

  private AssertionError unknown(String why) {
    byte[] bytes = Arrays.copyOfRange(code, start, Math.min(code.length, start + 12));
    String hex = HexFormat.ofDelimiter(" ").formatHex(bytes);
    return new AssertionError("at offset " + start + ", " + hex + ": " + why);
  }

  private void require(boolean condition, String otherwise) {
    if (!condition) {
      throw unknown(otherwise);
    }
  }

  // Prefixes of vector instructions; r, x, b, r', v' and vvvv are inverted

  private Prefix evexPrefix() {
    int p0 = ~next() & 0xFF;
    int p1 = next();
    int p2 = next();
    require((p0 & 0x0C) == 0x0C && (p1 & 4) != 0, "bits of the EVEX prefix that are fixed");
    int length = p2 >>> 5 & 3;
    require(length < 3, "vectors of no known length");
    return new Prefix(
        true,
        ~p0 & 3,
        p1 & 3,
        p1 >>> 7,
        16 << length,
        (p0 >>> 7 & 1) * 8 + (p0 >>> 4 & 1) * 16,
        p0 >>> 6 & 1,
        (p0 >>> 5 & 1) * 8,
        (~p1 >>> 3 & 0xF) + (~p2 >>> 3 & 1) * 16,
        p2 & 7,
        (p2 & 0x80) != 0,
        (p2 & 0x10) != 0);
  }

  private Prefix longVexPrefix() {
    int first = ~next();
    int map = ~first & 0x1F;
    return vexPrefix(first >>> 7 & 1, first >>> 6 & 1, first >>> 5 & 1, map, next());
  }

  private Prefix shortVexPrefix() {
    int last = next();
    return vexPrefix(~last >>> 7 & 1, 0, 0, Spec.OF, last & 0x7F);
  }

  private static Prefix vexPrefix(int r, int x, int b, int map, int last) {
    return new Prefix(
        false,
        map,
        last & 3,
        last >>> 7,
        16 << (last >>> 2 & 1),
        r * 8,
        x,
        b * 8,
        ~last >>> 3 & 0xF,
        0,
        false,
        false);
  }

  // Vector instructions

  private Instruction vector(Prefix prefix) {
    int opcode = next();
    int modRm = next();
    Operation operation =
        Operation.of(prefix, opcode, modRm >>> 3 & 7)
            .orElseThrow(() -> unknown("no known vector instruction"));
    Spec spec = operation.spec();
    Form form = spec.form();
    boolean general = form == Form.FROM_GENERAL;
    boolean register = modRm >>> 6 == 3;
    int upper = prefix.evex() && !general ? prefix.x() * 16 : 0;
    int index = form == Form.GATHER ? prefix.vvvv() & 16 : 0;
    Place place = place(modRm, prefix.x() * 8 + index, prefix.b(), upper, form == Form.GATHER);
    boolean takesVvvv = form == Form.TWO_SOURCES || form == Form.SHIFT || form == Form.TO_MASK;
    int unused = form == Form.GATHER ? prefix.vvvv() & 15 : prefix.vvvv();
    require(takesVvvv || unused == NO_REGISTER, "vvvv names a register that nothing takes");
    require(
        !prefix.broadcast() || (!register && spec.broadcast() > 0),
        "rounding by the prefix, or a broadcast of what cannot be broadcast");
    require(!prefix.zero() || prefix.mask() != 0, "zeroing without a mask");
    require(
        !prefix.zero() || (form != Form.STORE && form != Form.TO_MASK && form != Form.GATHER),
        "zeroing of what can only be merged");
    require(!general || prefix.mask() == 0, "a mask that is not known here");
    checkPlace(operation, register);
    int reg = (modRm >>> 3 & 7) + prefix.r();
    require(form != Form.TO_MASK || reg < 8, "no such mask");
    if (form == Form.GATHER) {
      require(prefix.mask() != 0, "a gather needs a mask");
      int source = place instanceof Place.Address address ? address.index() : reg;
      require(source != reg, "a gather's target is its index");
    }
    int immediate = spec.hasImmediate() ? next() : 0;
    return new Instruction.Vector(
        at - start,
        operation,
        prefix.bytes(),
        reg,
        prefix.vvvv(),
        place,
        prefix.mask(),
        prefix.zero(),
        prefix.broadcast(),
        immediate);
  }

  private void checkPlace(Operation operation, boolean register) {
    switch (operation) {
      case VBROADCASTI32X4,
          VBROADCASTI64X4,
          VGATHERDPS,
          VMOVUPS_STORE,
          VEXTRACTPS,
          VMOVSS,
          VMOVSD,
          VMOVHPS,
          VINSERTPS ->
          require(!register, "memory alone is known here");
      case VMOVD, VPBROADCASTD_GENERAL -> require(register, "a register alone is known here");
      default -> {
        boolean shift = operation.spec().form() == Form.SHIFT;
        require(!shift || register, "a register alone is known here");
      }
    }
  }

  private Instruction vex(Prefix prefix) {
    int opcode = next();
    if (prefix.map() == Spec.OF
        && prefix.opcodePrefix() == Spec.NO_PREFIX
        && prefix.bytes() == 16) {
      switch (opcode) {
        case 0x77 -> {
          return simple(GeneralOperation.ZERO_UPPER, 0);
        }
        case 0x90, 0x92 -> {
          return mask(prefix, opcode);
        }
        default -> {}
      }
    }
    at--;
    return vector(prefix);
  }

  private Instruction mask(Prefix prefix, int opcode) {
    int modRm = next();
    Place place = place(modRm, prefix.x() * 8, prefix.b(), 0, false);
    boolean register = place instanceof Place.Register;
    require(prefix.r() == 0 && prefix.vvvv() == NO_REGISTER, "no such mask");
    require(register == (opcode == 0x92), "a move of a mask that is not known");
    require(!register || prefix.w() == 0, "a move of a mask that is not known");
    GeneralOperation operation =
        register
            ? GeneralOperation.MASK_MOV_16
            : prefix.w() == 0 ? GeneralOperation.MASK_LOAD_16 : GeneralOperation.MASK_LOAD_64;
    return new General(at - start, operation, modRm >>> 3 & 7, place, false, 0);
  }

  // Others

  private Instruction general() {
    int rex = 0;
    int opcode = next();
    if ((opcode & 0xF0) == 0x40) {
      rex = opcode;
      opcode = next();
    }
    boolean wide = (rex & 8) != 0;
    int b = (rex & 1) * 8;
    if ((opcode & 0xF8) == 0x50) {
      return simple(GeneralOperation.PUSH, (opcode & 7) + b);
    }
    if ((opcode & 0xF8) == 0x58) {
      return simple(GeneralOperation.POP, (opcode & 7) + b);
    }
    if ((opcode & 0xF8) == 0xB8 && wide) {
      Place to = new Place.Register((opcode & 7) + b);
      long number = (int32() & 0xFFFF_FFFFL) | ((long) int32() << 32);
      return new General(at - start, GeneralOperation.MOV, 0, to, true, number);
    }
    return switch (opcode) {
      case 0xC3 -> simple(GeneralOperation.RET, 0);
      case 0xE9 -> jump(General.ALWAYS);
      case 0x0F -> afterEscape(rex, next());
      case 0x8D -> operands(GeneralOperation.LEA, rex, required(wide));
      case 0x8B -> operands(wide ? GeneralOperation.LOAD_64 : GeneralOperation.LOAD_32, rex, true);
      case 0x89 -> {
        boolean register = (code[at] & 0xC0) == 0xC0;
        if (register) {
          yield operands(GeneralOperation.MOV, rex, !required(wide));
        }
        yield operands(wide ? GeneralOperation.STORE_64 : GeneralOperation.STORE_32, rex, true);
      }
      case 0x01 -> operands(GeneralOperation.ADD, rex, !required(wide));
      case 0x29 -> operands(GeneralOperation.SUB, rex, !required(wide));
      case 0x09 -> operands(GeneralOperation.OR, rex, !required(wide));
      case 0x39 -> operands(GeneralOperation.CMP, rex, !required(wide));
      case 0xC7, 0x81, 0xC1, 0xFF -> extended(opcode, rex, required(wide));
      default -> throw unknown("no known instruction");
    };
  }

  /** Operations are of 64 bits. */
  private boolean required(boolean wide) {
    require(wide, "no known instruction of 32 bits");
    return true;
  }

  private Instruction simple(GeneralOperation operation, int reg) {
    return new General(at - start, operation, reg, new Place.Register(0), false, 0);
  }

  private Instruction jump(int condition) {
    int distance = int32();
    return new General(
        at - start, GeneralOperation.JUMP, condition, new Place.Register(0), true, distance);
  }

  private Instruction afterEscape(int rex, int opcode) {
    if ((opcode & 0xF0) == 0x80) {
      return jump(opcode & 0xF);
    }
    return switch (opcode) {
      case 0x18 -> operands(GeneralOperation.PREFETCH, rex, true);
      case 0xB6 -> operands(GeneralOperation.LOAD_8, rex, true);
      case 0xB7 -> operands(GeneralOperation.LOAD_16, rex, true);
      default -> throw unknown("no known instruction");
    };
  }

  private Instruction operands(GeneralOperation operation, int rex, boolean memory) {
    int modRm = next();
    int reg = (modRm >>> 3 & 7) + (rex >>> 2 & 1) * 8;
    Place place = place(modRm, (rex >>> 1 & 1) * 8, (rex & 1) * 8, 0, false);
    require(place instanceof Place.Address == memory, "no known form of this instruction");
    return new General(at - start, operation, reg, place, false, 0);
  }

  private Instruction extended(int opcode, int rex, boolean wide) {
    int modRm = next();
    int extension = modRm >>> 3 & 7;
    Place place = place(modRm, (rex >>> 1 & 1) * 8, (rex & 1) * 8, 0, false);
    require(place instanceof Place.Register && wide, "no known form of this instruction");
    GeneralOperation operation =
        switch (opcode << 3 | extension) {
          case 0xC7 << 3 -> GeneralOperation.MOV;
          case 0x81 << 3 -> GeneralOperation.ADD;
          case 0x81 << 3 | 4 -> GeneralOperation.AND;
          case 0x81 << 3 | 5 -> GeneralOperation.SUB;
          case 0x81 << 3 | 7 -> GeneralOperation.CMP;
          case 0xC1 << 3 | 4 -> GeneralOperation.SHL;
          case 0xC1 << 3 | 5 -> GeneralOperation.SHR;
          case 0xFF << 3 | 1 -> GeneralOperation.DEC;
          default -> throw unknown("no known instruction");
        };
    int immediate =
        switch (operation) {
          case DEC -> 1;
          case SHL, SHR -> next();
          default -> int32();
        };
    return new General(at - start, operation, 0, place, true, immediate);
  }

  // Operands

  /**
   * The place that a ModRM byte and those behind it name. Displacements are of 32 bits.
   *
   * @param x is added to the index
   * @param b is added to the base or the register
   * @param upper is added to the register
   * @param vectorIndex whether the index is a vector
   */
  private Place place(int modRm, int x, int b, int upper, boolean vectorIndex) {
    int mod = modRm >>> 6;
    int rm = modRm & 7;
    if (mod == 3) {
      return new Place.Register(rm + b + upper);
    }
    require(mod == 2, "a displacement of other than 32 bits");
    int base = rm + b;
    int index = Place.Address.NO_INDEX;
    int scale = 1;
    if (rm == 4) {
      int sib = next();
      base = (sib & 7) + b;
      int named = (sib >>> 3 & 7) + x;
      index = named == 4 && !vectorIndex ? Place.Address.NO_INDEX : named;
      scale = 1 << (sib >>> 6);
    } else {
      require(!vectorIndex, "a gather needs an index");
    }
    return new Place.Address(base, index, scale, int32());
  }
}
