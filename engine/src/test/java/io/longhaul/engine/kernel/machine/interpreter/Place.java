package io.longhaul.engine.kernel.machine.interpreter;

/** What the ModRM byte and those behind it name: a register or memory. */
sealed interface Place {
  /** A register of whatever kind the instruction has there. */
  record Register(int number) implements Place {}

  /**
   * {@code [base + index · scale + displacement]}.
   *
   * @param index {@link #NO_INDEX} where there is none; a vector register for gathers
   */
  record Address(int base, int index, int scale, int displacement) implements Place {
    static final int NO_INDEX = -1;
  }
}
