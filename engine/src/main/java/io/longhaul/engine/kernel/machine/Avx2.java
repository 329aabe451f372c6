package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.machine.Assembler.Vec;

/** What steps of rows have in common where there is AVX2. */
final class Avx2 {
  /** The accumulator of the one row that steps go through at a time. */
  static final Vec ROW = Vec.ymm(0);

  private Avx2() {}
}
