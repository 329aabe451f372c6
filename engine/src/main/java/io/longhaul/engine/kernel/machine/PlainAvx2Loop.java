package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.machine.Assembler.Mem;
import io.longhaul.engine.kernel.machine.Assembler.Vec;
import io.longhaul.engine.tensor.TensorType;
import java.util.List;
import java.util.Optional;

/** Weights that are floats of some kind, times an input of floats, with AVX2. */
record PlainAvx2Loop(PlainStep floats) implements RowLoop {
  private static final int LANES = 8;
  private static final Vec WEIGHTS = Vec.ymm(8);

  static Optional<RowLoop> of(TensorType type) {
    return PlainStep.of(type).map(PlainAvx2Loop::new);
  }

  @Override
  public int columns() {
    return floats.columns();
  }

  @Override
  public int bytes() {
    return floats.bytes();
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
    int vectors = columns() / LANES;
    for (int i = 0; i < vectors; i++) {
      a.op(Simd.VMOVUPS, input(i), input.plus(i * LANES * Float.BYTES));
    }
    for (int r = 0; r < rows.size(); r++) {
      for (int i = 0; i < vectors; i++) {
        floats.load(a, WEIGHTS, rows.get(r).plus(i * LANES * floats.bytesPerFloat()));
        a.op(Simd.VFMADD231PS, Avx2.accumulator(r), WEIGHTS, input(i));
      }
    }
  }

  private static Vec input(int i) {
    return Vec.ymm(12 + i);
  }
}
