package io.longhaul.cli.start;

import io.longhaul.engine.kernel.machine.AssembledCode;

/** Exits with 0 where the kernels are machine code. */
final class MachineCheck {
  private MachineCheck() {}

  public static void main(String[] args) {
    System.exit(AssembledCode.isPossible() ? 0 : 1);
  }
}
