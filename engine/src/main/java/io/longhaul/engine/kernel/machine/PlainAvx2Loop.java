package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.machine.Assembler.Mem;
import io.longhaul.engine.kernel.machine.Assembler.Vec;
import io.longhaul.engine.tensor.TensorType;
import java.util.List;
import java.util.Optional;

/** Weights that are floats of some kind, times an input of floats, with AVX2. */
enum PlainAvx2Loop implements RowLoop {
  F32(4) {
    @Override
    void load(Assembler a, Mem from) {
      a.op(Simd.VMOVUPS, WEIGHTS, from);
    }
  },
  F16(2) {
    @Override
    void load(Assembler a, Mem from) {
      a.op(Simd.VCVTPH2PS, WEIGHTS, from);
    }
  },
  /** The upper half of a float. */
  BF16(2) {
    @Override
    void load(Assembler a, Mem from) {
      a.op(Simd.VPMOVZXWD, WEIGHTS, from);
      a.vpslld(WEIGHTS, WEIGHTS, 16);
    }
  };

  private static final int LANES = 8;
  private static final int VECTORS = 4;
  private static final Vec WEIGHTS = Vec.ymm(8);

  private final int bytesPerFloat;

  PlainAvx2Loop(int bytesPerFloat) {
    this.bytesPerFloat = bytesPerFloat;
  }

  static Optional<RowLoop> of(TensorType type) {
    return Optional.ofNullable(
        switch (type) {
          case F32 -> F32;
          case F16 -> F16;
          case BF16 -> BF16;
          default -> null;
        });
  }

  abstract void load(Assembler a, Mem from);

  @Override
  public int columns() {
    return VECTORS * LANES;
  }

  @Override
  public int bytes() {
    return columns() * bytesPerFloat;
  }

  @Override
  public int inputBytes() {
    return columns() * Float.BYTES;
  }

  @Override
  public void constants(Constants constants) {
    // None are needed.
  }

  @Override
  public void emit(Assembler a, List<Mem> rows, Mem input, Mem scratch) {
    for (int i = 0; i < VECTORS; i++) {
      a.op(Simd.VMOVUPS, input(i), input.plus(i * LANES * Float.BYTES));
    }
    for (int r = 0; r < rows.size(); r++) {
      for (int i = 0; i < VECTORS; i++) {
        load(a, rows.get(r).plus(i * LANES * bytesPerFloat));
        a.op(Simd.VFMADD231PS, Avx2.accumulator(r), WEIGHTS, input(i));
      }
    }
  }

  private static Vec input(int i) {
    return Vec.ymm(12 + i);
  }
}
