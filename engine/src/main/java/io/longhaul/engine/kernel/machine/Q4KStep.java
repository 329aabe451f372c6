package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.machine.Assembler.Mem;
import io.longhaul.engine.kernel.machine.Assembler.Vec;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.function.IntFunction;

/**
 * Q4_K; the layout is described at the scalar decoders. As in {@link NibbleStep} weights are looked
 * up in scaled values, of which there are 16 for each group.
 */
final class Q4KStep implements RowStep {
  private static final int CODES = 16;

  private static final IntFunction<Vec> TABLE = RowStep.registers(8);

  /** The first and the last 16 bytes of a pair of groups. */
  private static final IntFunction<Vec> FIRST = RowStep.registers(12);

  private static final IntFunction<Vec> LAST = RowStep.registers(16);

  /** Codes 0 to 15. */
  private static final Vec VALUES = new Vec(26);

  @Override
  public int columns() {
    return 256;
  }

  @Override
  public int bytes() {
    return 144;
  }

  @Override
  public void constants(Constants constants) {
    SixBitScales.constants(constants);
    constants.floats(VALUES, code -> code);
  }

  @Override
  public void emit(Assembler a, List<Mem> rows, Use use, Mem scratch) {
    for (int r = 0; r < rows.size(); r++) {
      SixBitScales.unpack(a, rows.get(r), scratch.plus(r * 64));
    }
    // Two groups, a pair, lie in the low and the high halves of 32 bytes.
    for (int pair = 0; pair < 4; pair++) {
      for (int i = 0; i < 4; i++) {
        use.loadInput(input(i), pair * 64 + i * 16);
      }
      List<IntConsumer> stages = new ArrayList<>();
      int at = CODES + pair * 32;
      stages.add(r -> a.op(Simd.VPMOVZXBD, FIRST.apply(r), rows.get(r).plus(at)));
      stages.add(r -> a.op(Simd.VPMOVZXBD, LAST.apply(r), rows.get(r).plus(at + 16)));
      for (int i = 0; i < 2; i++) {
        int group = 2 * pair + i;
        if (i == 1) {
          stages.add(r -> a.vpsrld(FIRST.apply(r), FIRST.apply(r), 4));
          stages.add(r -> a.vpsrld(LAST.apply(r), LAST.apply(r), 4));
        }
        stages.add(
            r ->
                a.op(
                    Simd.VMULPS,
                    TABLE.apply(r),
                    VALUES,
                    SixBitScales.scale(scratch.plus(r * 64), group)));
        stages.add(
            r ->
                a.op(
                    Simd.VSUBPS,
                    TABLE.apply(r),
                    TABLE.apply(r),
                    SixBitScales.minimum(scratch.plus(r * 64), group)));
        product(a, stages, FIRST, use, group * 32, input(2 * i));
        product(a, stages, LAST, use, group * 32 + 16, input(2 * i + 1));
      }
      RowStep.interleave(rows.size(), stages);
    }
  }

  private static void product(
      Assembler a,
      List<IntConsumer> stages,
      IntFunction<Vec> codes,
      Use use,
      int column,
      Vec input) {
    stages.add(
        r -> {
          a.op(Simd.VPERMPS, weights(r), codes.apply(r), TABLE.apply(r));
          use.use(r, column, weights(r), input);
        });
  }

  private static Vec weights(int row) {
    return new Vec(24 + row % 2);
  }

  private static Vec input(int i) {
    return new Vec(20 + i);
  }
}
