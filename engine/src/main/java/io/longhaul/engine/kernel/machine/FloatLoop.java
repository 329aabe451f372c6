package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.machine.Assembler.Mem;
import io.longhaul.engine.kernel.machine.Assembler.Vec;
import java.util.List;

/**
 * Decodes weights to floats and multiplies them with an input of floats. Each lane adds up what the
 * vector twin's does, in its order, so that both give the same bits.
 */
record FloatLoop(RowStep step) implements RowLoop {
  @Override
  public int columns() {
    return step.columns();
  }

  @Override
  public int bytes() {
    return step.bytes();
  }

  @Override
  public int inputBytes() {
    return step.columns() * Float.BYTES;
  }

  @Override
  public void constants(Constants constants) {
    step.constants(constants);
  }

  @Override
  public void emit(Assembler a, List<Mem> rows, Mem input, Mem scratch) {
    step.emit(a, rows, new Products(a, input), scratch);
  }

  private record Products(Assembler a, Mem from) implements RowStep.Use {
    @Override
    public void loadInput(Vec input, int column) {
      a.op(Simd.VMOVUPS, input, from.plus(column * Float.BYTES));
    }

    @Override
    public void use(int row, int column, Vec weights, Vec input) {
      a.op(Simd.VFMADD231PS, RowStep.accumulator(row), weights, input);
    }
  }
}
