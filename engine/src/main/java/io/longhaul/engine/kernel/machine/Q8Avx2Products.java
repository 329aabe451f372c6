package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.machine.Assembler.Mem;
import io.longhaul.engine.kernel.machine.Assembler.Vec;
import io.longhaul.engine.kernel.machine.InputShorts.Sums;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.function.IntFunction;

/** Q8_0: a scale of 16 bits and 32 signed bytes. */
final class Q8Avx2Products implements CodedStep {
  private static final InputShorts INPUT = new InputShorts(Sums.NONE, 0);
  private static final int FIRST_AT = 2;
  private static final int SECOND_AT = 18;

  private static final IntFunction<Vec> FIRST = Avx2.registers(8, RowStep.TOGETHER);
  private static final IntFunction<Vec> SECOND = Avx2.registers(12, RowStep.TOGETHER);
  private static final IntFunction<Vec> SCALE = SECOND;

  @Override
  public InputForm input() {
    return INPUT;
  }

  @Override
  public int bytes() {
    return SECOND_AT + 16;
  }

  @Override
  public void constants(Constants constants) {
    // None are needed.
  }

  @Override
  public void emit(Assembler a, List<Mem> rows, Mem input, Mem scratch) {
    List<IntConsumer> stages = new ArrayList<>();
    stages.add(r -> a.op(Simd.VPMOVSXBW, FIRST.apply(r), rows.get(r).plus(FIRST_AT)));
    stages.add(r -> a.op(Simd.VPMOVSXBW, SECOND.apply(r), rows.get(r).plus(SECOND_AT)));
    Avx2.multiplyShorts(a, stages, FIRST, SECOND, input);
    Avx2.addScaled(a, stages, FIRST, SCALE, rows::get, input.plus(InputShorts.SCALE_AT));
    RowStep.interleave(rows.size(), stages);
  }
}
