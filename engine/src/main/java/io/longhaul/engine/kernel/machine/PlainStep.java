package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.machine.Assembler.Mem;
import io.longhaul.engine.kernel.machine.Assembler.Vec;
import io.longhaul.engine.tensor.TensorType;
import java.util.List;
import java.util.Optional;

/** Floats stored one by one, two vectors of them. */
enum PlainStep implements RowStep {
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

  private static final int LANES = 16;
  private static final int VECTORS = 2;
  private static final Vec WEIGHTS = new Vec(16);

  private final int bytesPerFloat;

  PlainStep(int bytesPerFloat) {
    this.bytesPerFloat = bytesPerFloat;
  }

  static Optional<PlainStep> of(TensorType type) {
    return Optional.ofNullable(
        switch (type) {
          case F32 -> F32;
          case F16 -> F16;
          case BF16 -> BF16;
          default -> null;
        });
  }

  int bytesPerFloat() {
    return bytesPerFloat;
  }

  /** Loads a vector of any width. */
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
  public void emit(Assembler a, List<Mem> rows, Use use, Mem scratch) {
    for (int i = 0; i < VECTORS; i++) {
      use.loadInput(input(i), i * LANES);
    }
    for (int r = 0; r < rows.size(); r++) {
      for (int i = 0; i < VECTORS; i++) {
        load(a, WEIGHTS, rows.get(r).plus(i * LANES * bytesPerFloat));
        use.use(r, i * LANES, WEIGHTS, input(i));
      }
    }
  }

  private static Vec input(int i) {
    return new Vec(24 + i);
  }
}
