package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.machine.Assembler.Mem;
import io.longhaul.engine.kernel.machine.Assembler.Vec;

/** Q8_0 for AVX2: a scale of 16 bits and 32 signed bytes. */
final class Q8Avx2Step implements DecodeAvx2Step {
  private static final int LANES = 8;
  private static final int VECTORS = 4;
  private static final int CODES_AT = 2;
  private static final Vec SCALE = Vec.ymm(4);

  @Override
  public int columns() {
    return VECTORS * LANES;
  }

  @Override
  public int bytes() {
    return CODES_AT + columns();
  }

  @Override
  public void emit(Assembler a, Mem block, Mem floats, Mem scratch) {
    ByteCodesAvx2.broadcastF16(a, SCALE, block);
    for (int i = 0; i < VECTORS; i++) {
      Vec weights = Vec.ymm(i);
      a.op(Simd.VPMOVSXBD, weights, block.plus(CODES_AT + i * LANES));
      a.op(Simd.VCVTDQ2PS, weights, weights);
      a.op(Simd.VMULPS, weights, weights, SCALE);
      a.store(Simd.VMOVUPS_STORE, floats.plus(i * LANES * Float.BYTES), weights);
    }
  }
}
