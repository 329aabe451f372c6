package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.machine.Assembler.Mem;
import io.longhaul.engine.kernel.machine.Assembler.Vec;

/** Floats stored one by one, as {@link PlainStep} has them, for AVX2. */
enum PlainAvx2Step implements DecodeAvx2Step {
  F32(4) {
    @Override
    void load(Assembler a, Vec to, Mem from) {
      a.op(Simd.VMOVUPS, to, from);
    }
  },
  F16(2) {
    @Override
    void load(Assembler a, Vec to, Mem from) {
      a.op(Simd.VCVTPH2PS, to, from);
    }
  },
  /** The upper half of a float. */
  BF16(2) {
    @Override
    void load(Assembler a, Vec to, Mem from) {
      a.op(Simd.VPMOVZXWD, to, from);
      a.vpslld(to, to, 16);
    }
  };

  private static final int LANES = 8;
  private static final int VECTORS = 4;

  private final int bytesPerFloat;

  PlainAvx2Step(int bytesPerFloat) {
    this.bytesPerFloat = bytesPerFloat;
  }

  abstract void load(Assembler a, Vec to, Mem from);

  @Override
  public int columns() {
    return VECTORS * LANES;
  }

  @Override
  public int bytes() {
    return columns() * bytesPerFloat;
  }

  @Override
  public void emit(Assembler a, Mem block, Mem floats, Mem scratch) {
    for (int i = 0; i < VECTORS; i++) {
      Vec weights = Vec.ymm(i);
      load(a, weights, block.plus(i * LANES * bytesPerFloat));
      a.store(Simd.VMOVUPS_STORE, floats.plus(i * LANES * Float.BYTES), weights);
    }
  }
}
