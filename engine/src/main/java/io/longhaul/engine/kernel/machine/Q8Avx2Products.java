package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.machine.Assembler.Mem;
import io.longhaul.engine.kernel.machine.InputShorts.Sums;

/** Q8_0: a scale of 16 bits and 32 signed bytes. */
final class Q8Avx2Products implements ShortsStep {
  private static final int BLOCK_BYTES = 34;
  private static final int FIRST_AT = 2;
  private static final int SECOND_AT = 18;

  @Override
  public InputShorts input() {
    return new InputShorts(Sums.NONE, 0);
  }

  @Override
  public int blockBytes() {
    return BLOCK_BYTES;
  }

  @Override
  public void constants(Constants constants) {
    // None are needed.
  }

  @Override
  public void unpack(Assembler a, Mem block) {
    a.op(Simd.VPMOVSXBW, FIRST, block.plus(FIRST_AT));
    a.op(Simd.VPMOVSXBW, SECOND, block.plus(SECOND_AT));
  }
}
