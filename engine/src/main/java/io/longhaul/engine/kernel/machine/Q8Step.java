package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.machine.Assembler.Mem;
import io.longhaul.engine.kernel.machine.Assembler.Vec;
import java.util.List;

/** Q8_0: a scale of 16 bits and 32 signed bytes. */
final class Q8Step implements RowStep {
  private static final Vec SCALE = new Vec(16);
  private static final Vec LOW = new Vec(17);
  private static final Vec HIGH = new Vec(18);
  private static final Vec INPUT_LOW = new Vec(24);
  private static final Vec INPUT_HIGH = new Vec(25);

  @Override
  public int columns() {
    return 32;
  }

  @Override
  public int bytes() {
    return 34;
  }

  @Override
  public void emit(Assembler a, List<Mem> rows, Use use, Mem scratch) {
    use.loadInput(INPUT_LOW, 0);
    use.loadInput(INPUT_HIGH, 16);
    for (int r = 0; r < rows.size(); r++) {
      Mem block = rows.get(r);
      RowStep.broadcastF16(a, SCALE, block);
      a.op(Simd.VPMOVSXBD, LOW, block.plus(2));
      a.op(Simd.VPMOVSXBD, HIGH, block.plus(18));
      a.op(Simd.VCVTDQ2PS, LOW, LOW);
      a.op(Simd.VCVTDQ2PS, HIGH, HIGH);
      a.op(Simd.VMULPS, LOW, LOW, SCALE);
      a.op(Simd.VMULPS, HIGH, HIGH, SCALE);
      use.use(r, 0, LOW, INPUT_LOW);
      use.use(r, 16, HIGH, INPUT_HIGH);
    }
  }
}
