package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.machine.Assembler.Mem;
import io.longhaul.engine.kernel.machine.Assembler.Vec;

/** Floats stored one by one, decoded with AVX2. */
record PlainAvx2Step(PlainStep floats) implements DecodeAvx2Step {
  private static final int LANES = 8;

  @Override
  public int columns() {
    return floats.columns();
  }

  @Override
  public int bytes() {
    return floats.bytes();
  }

  @Override
  public void emit(Assembler a, Mem block, Mem out, Mem scratch) {
    for (int i = 0; i < columns() / LANES; i++) {
      Vec weights = Vec.ymm(i);
      floats.load(a, weights, block.plus(i * LANES * floats.bytesPerFloat()));
      a.store(Simd.VMOVUPS_STORE, out.plus(i * LANES * Float.BYTES), weights);
    }
  }
}
