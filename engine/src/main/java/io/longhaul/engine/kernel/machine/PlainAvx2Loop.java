package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.machine.Assembler.Mem;
import io.longhaul.engine.kernel.machine.Assembler.Vec;
import io.longhaul.engine.tensor.TensorType;
import java.util.List;
import java.util.Optional;

/** Weights that are floats of some kind, times an input of floats, with AVX2. */
record PlainAvx2Loop(PlainStep floats) implements RowLoop {
  private static final int LANES = 8;
  private static final Vec WEIGHTS = Vec.ymm(1);

  static Optional<RowLoop> of(TensorType type) {
    return PlainStep.of(type).map(PlainAvx2Loop::new);
  }

  @Override
  public int rowsAtOnce() {
    return 1;
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
    for (int i = 0; i < columns() / LANES; i++) {
      floats.load(a, WEIGHTS, rows.getFirst().plus(i * LANES * floats.bytesPerFloat()));
      a.op(Simd.VFMADD231PS, Avx2.ROW, WEIGHTS, input.plus(i * LANES * Float.BYTES));
    }
  }
}
