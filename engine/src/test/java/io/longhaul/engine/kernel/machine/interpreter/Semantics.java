package io.longhaul.engine.kernel.machine.interpreter;

/** What a vector instruction computes: all its lanes, whatever the mask. */
@FunctionalInterface
interface Semantics {
  void apply(Sources from, Lanes to);

  /** What an instruction takes. */
  final class Sources {
    /** The target's value before. */
    Lanes old;

    /** The first source, or the only one of a store. */
    Lanes a;

    /** The second source, or the only one. */
    Lanes b;

    /** Bytes of the vectors. */
    int bytes;

    int immediate;

    /** Lanes of so many bytes. */
    int lanes(int laneBytes) {
      return bytes / laneBytes;
    }
  }
}
