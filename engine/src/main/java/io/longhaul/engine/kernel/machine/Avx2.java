package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.machine.Assembler.Mem;
import io.longhaul.engine.kernel.machine.Assembler.Vec;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.function.IntFunction;

/** What steps of rows have in common where there is AVX2. */
final class Avx2 {
  private Avx2() {}

  /** A register for each of the rows that go together, the first of which has {@code first}. */
  static IntFunction<Vec> registers(int first, int together) {
    return row -> Vec.ymm(first + row % together);
  }

  static Vec accumulator(int row) {
    return Vec.ymm(row);
  }

  /** {@code first = first · input + second · its second half}, eight sums of four products. */
  static void multiplyShorts(
      Assembler a,
      List<IntConsumer> stages,
      IntFunction<Vec> first,
      IntFunction<Vec> second,
      Mem input) {
    stages.add(r -> a.op(Simd.VPMADDWD, first.apply(r), first.apply(r), input));
    stages.add(
        r ->
            a.op(
                Simd.VPMADDWD,
                second.apply(r),
                second.apply(r),
                input.plus(InputShorts.SECOND_AT)));
    stages.add(r -> a.op(Simd.VPADDD, first.apply(r), first.apply(r), second.apply(r)));
  }

  /** Adds sums of ints, times an f16 and the input's scale, to the rows' accumulators. */
  static void addScaled(
      Assembler a,
      List<IntConsumer> stages,
      IntFunction<Vec> sums,
      IntFunction<Vec> scale,
      IntFunction<Mem> half,
      Mem inputScale) {
    broadcastF16(a, stages, scale, half);
    addScaled(a, stages, sums, scale, inputScale);
  }

  /** As above, times a float in all lanes. */
  static void addScaled(
      Assembler a,
      List<IntConsumer> stages,
      IntFunction<Vec> sums,
      IntFunction<Vec> scale,
      Mem inputScale) {
    stages.add(r -> a.op(Simd.VCVTDQ2PS, sums.apply(r), sums.apply(r)));
    stages.add(r -> a.op(Simd.VMULPS, scale.apply(r), scale.apply(r), inputScale));
    stages.add(r -> a.op(Simd.VFMADD231PS, accumulator(r), sums.apply(r), scale.apply(r)));
  }

  /** One f16 of each row in all lanes, as floats. */
  static void broadcastF16(
      Assembler a, List<IntConsumer> stages, IntFunction<Vec> to, IntFunction<Mem> from) {
    stages.add(r -> a.op(Simd.VPBROADCASTW, to.apply(r).xmm(), from.apply(r)));
    stages.add(r -> a.op(Simd.VCVTPH2PS, to.apply(r), to.apply(r).xmm()));
  }
}
