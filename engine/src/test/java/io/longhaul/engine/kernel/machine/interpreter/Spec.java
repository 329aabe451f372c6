package io.longhaul.engine.kernel.machine.interpreter;

/**
 * How a vector instruction is encoded and what it takes: at first two sources in vectors of any
 * length, lanes of four bytes, memory as long as the vectors, and both encodings.
 */
final class Spec {
  /** Which operands are where. */
  enum Form {
    /** reg = op(vvvv, place), reg's old value being at hand, too. */
    TWO_SOURCES,
    /** reg = op(place). */
    ONE_SOURCE,
    /** place = op(reg). */
    STORE,
    /** vvvv = op(place, immediate); reg is an extension of the opcode. */
    SHIFT,
    /** reg = op(general-purpose register). */
    FROM_GENERAL,
    /** reg = memory at the places that a vector names. */
    GATHER,
    /** mask reg = op(vvvv, place). */
    TO_MASK
  }

  // Opcode maps
  static final int OF = 1;
  static final int OF38 = 2;
  static final int OF3A = 3;

  // Prefixes that are a part of the opcode
  static final int NO_PREFIX = 0;
  static final int P66 = 1;
  static final int PF3 = 2;
  static final int PF2 = 3;

  private static final int NONE = -1;

  private final int map;
  private final int prefix;
  private final int opcode;
  private int w;
  private boolean vex = true;
  private boolean evex = true;
  private Form form = Form.TWO_SOURCES;
  private int extension = NONE;
  private int element = 4;
  private int fixedMemory;
  private int parts = 1;
  private int broadcast;
  private boolean ownLane = true;
  private int least = 16;
  private int most = Lanes.BYTES;
  private boolean immediate;

  private Spec(int map, int prefix, int opcode) {
    this.map = map;
    this.prefix = prefix;
    this.opcode = opcode;
  }

  static Spec of(int map, int prefix, int opcode) {
    return new Spec(map, prefix, opcode);
  }

  /** Has EVEX.W set; VEX forms that are known have it clear. */
  Spec w1() {
    w = 1;
    return this;
  }

  Spec vexOnly() {
    evex = false;
    return this;
  }

  Spec evexOnly() {
    vex = false;
    return this;
  }

  Spec form(Form newForm) {
    form = newForm;
    return this;
  }

  Spec oneSource() {
    return form(Form.ONE_SOURCE);
  }

  Spec store() {
    return form(Form.STORE);
  }

  Spec shift(int newExtension) {
    extension = newExtension;
    return form(Form.SHIFT).withImmediate();
  }

  Spec withImmediate() {
    immediate = true;
    return this;
  }

  /** Bytes of the lanes that a mask selects. */
  Spec element(int bytes) {
    element = bytes;
    return this;
  }

  /** Memory, or a narrower result, is so many bytes. */
  Spec memoryOf(int bytes) {
    fixedMemory = bytes;
    return this;
  }

  /** Memory, or a narrower result, is so many times smaller than the vectors. */
  Spec memoryPart(int newParts) {
    parts = newParts;
    return this;
  }

  /** A lane of so many bytes may be broadcast from memory. */
  Spec broadcast(int bytes) {
    broadcast = bytes;
    return this;
  }

  /** Lanes depend on others': memory is read whatever the mask. */
  Spec acrossLanes() {
    ownLane = false;
    return this;
  }

  /** Vectors have at least so many bytes. */
  Spec from(int bytes) {
    least = bytes;
    return this;
  }

  Spec only(int bytes) {
    least = bytes;
    most = bytes;
    return this;
  }

  int opcode() {
    return opcode;
  }

  /** Whether this is what a prefix and the register of a ModRM byte name, with the opcode. */
  boolean isEncodedBy(Prefix p, int reg) {
    return map == p.map()
        && prefix == p.opcodePrefix()
        && (p.evex() ? evex && w == p.w() : vex && p.w() == 0)
        && (extension == NONE || extension == reg)
        && least <= p.bytes()
        && p.bytes() <= most;
  }

  Form form() {
    return form;
  }

  boolean hasImmediate() {
    return immediate;
  }

  int element() {
    return element;
  }

  int broadcast() {
    return broadcast;
  }

  boolean ownLane() {
    return ownLane;
  }

  /** Whether a memory operand is broadcast as a whole, whatever the encoding. */
  boolean isOneForAll() {
    return fixedMemory > 0;
  }

  /** Bytes of a memory operand, or of a narrower result, for vectors of so many bytes. */
  int memoryBytes(int vectorBytes) {
    return fixedMemory > 0 ? fixedMemory : vectorBytes / parts;
  }
}
