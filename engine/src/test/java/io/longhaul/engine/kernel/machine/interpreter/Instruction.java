package io.longhaul.engine.kernel.machine.interpreter;

/** A decoded instruction. */
sealed interface Instruction {
  /** Bytes of its encoding. */
  int length();

  /** What an instruction does that has to do with no vector. */
  enum GeneralOperation {
    PUSH,
    POP,
    PREFETCH,
    LEA,
    LOAD_64,
    LOAD_32,
    LOAD_16,
    LOAD_8,
    STORE_32,
    STORE_64,
    MOV,
    ADD,
    SUB,
    AND,
    OR,
    CMP,
    SHL,
    SHR,
    DEC,
    JUMP,
    RET,
    MASK_LOAD_16,
    MASK_LOAD_64,
    /** From a general-purpose register. */
    MASK_MOV_16,
    ZERO_UPPER
  }

  /**
   * An instruction without vectors.
   *
   * @param reg a register; the condition of a jump, {@link #ALWAYS} for one without
   * @param place the other operand; of the operations of two operands the target
   * @param immediate a number, if {@code hasImmediate} says so in place of {@code reg}
   */
  record General(
      int length,
      GeneralOperation operation,
      int reg,
      Place place,
      boolean hasImmediate,
      long immediate)
      implements Instruction {
    static final int ALWAYS = -1;
  }

  /**
   * An instruction with vectors.
   *
   * @param bytes of its vectors
   * @param reg the register of the ModRM byte
   * @param vvvv the one that the prefix names
   * @param mask 0 for none
   * @param zero whether lanes that are not in the mask become zero
   * @param broadcast whether memory is one lane for all
   */
  record Vector(
      int length,
      Operation operation,
      int bytes,
      int reg,
      int vvvv,
      Place place,
      int mask,
      boolean zero,
      boolean broadcast,
      int immediate)
      implements Instruction {}
}
