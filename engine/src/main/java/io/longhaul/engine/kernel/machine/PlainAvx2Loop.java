package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.machine.Assembler.Mem;
import io.longhaul.engine.kernel.machine.Assembler.Vec;
import io.longhaul.engine.tensor.TensorType;
import java.util.List;
import java.util.Optional;

/**
 * Weights that are floats of some kind, times an input of floats, with AVX2. Two vectors add up in
 * turn, as one of AVX-512 does, to the same bits: one alone would wait for its own additions.
 */
record PlainAvx2Loop(PlainStep floats) implements RowLoop {
  private static final int LANES = 8;
  private static final Vec[] SUMS = {Vec.ymm(0), Vec.ymm(1)};
  private static final Vec WEIGHTS = Vec.ymm(2);

  static Optional<RowLoop> of(TensorType type) {
    return PlainStep.of(type).map(PlainAvx2Loop::new);
  }

  @Override
  public int rowsAtOnce() {
    return 1;
  }

  @Override
  public int accumulators() {
    return SUMS.length;
  }

  @Override
  public void finish(Assembler a) {
    a.op(Simd.VADDPS, SUMS[0], SUMS[0], SUMS[1]);
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
      a.op(Simd.VFMADD231PS, SUMS[i % SUMS.length], WEIGHTS, input.plus(i * LANES * Float.BYTES));
    }
  }
}
