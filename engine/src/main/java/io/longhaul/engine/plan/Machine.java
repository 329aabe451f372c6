package io.longhaul.engine.plan;

/**
 * What a plan is made for.
 *
 * @param processors that compute together
 * @param bandwidth bytes per second that all processors together read from memory
 * @param disk bytes per second that weights come from the disk when memory does not hold them
 */
public record Machine(MachineMemory memory, int processors, double bandwidth, double disk) {
  /** A PCIe 4 solid-state disk that is read in large pieces, not at its advertised best. */
  public static final double ASSUMED_DISK = 3e9;

  public Machine {
    if (processors < 1 || !(bandwidth > 0) || !(disk > 0)) {
      throw new IllegalArgumentException("a machine without processors, memory or disk");
    }
  }
}
