package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.machine.Assembler.Mem;
import io.longhaul.engine.kernel.machine.Assembler.Vec;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.function.IntFunction;

/**
 * A step of {@link RowSumsCode} whose input are {@link InputDigits}: codes of weights, which are
 * unsigned bytes, are multiplied with both digits in ints. The sums are exact; only then they are
 * floats, which the weights' scale and the input's are multiplied with.
 */
interface DigitStep extends RowLoop {
  /** The form of the input: one group for each step. */
  InputDigits digits();

  @Override
  default int columns() {
    return digits().columns();
  }

  @Override
  default int inputBytes() {
    return digits().bytes();
  }

  /** What {@link #addDigits} needs in all lanes: a low short, and none above it. */
  int HIGH_FACTOR = 256;

  /** Loads a row's vector register from memory, which takes no unit that computes. */
  static void load(
      Assembler a, List<IntConsumer> stages, IntFunction<Vec> to, IntFunction<Mem> from) {
    stages.add(r -> a.op(Simd.VMOVUPS, to.apply(r), from.apply(r)));
  }

  static void zero(Assembler a, List<IntConsumer> stages, IntFunction<Vec> to) {
    stages.add(r -> a.op(Simd.VPXORD, to.apply(r), to.apply(r), to.apply(r)));
  }

  /** {@code low += 256 · high}, where all of high are shorts. */
  static void addDigits(
      Assembler a,
      List<IntConsumer> stages,
      IntFunction<Vec> low,
      IntFunction<Vec> high,
      Vec factor) {
    stages.add(r -> a.op(Simd.VPDPWSSD, low.apply(r), high.apply(r), factor));
  }

  /** {@code low += 256 · high}, whatever they are. */
  static void addWideDigits(
      Assembler a, List<IntConsumer> stages, IntFunction<Vec> low, IntFunction<Vec> high) {
    stages.add(r -> a.vpslld(high.apply(r), high.apply(r), 8));
    stages.add(r -> a.op(Simd.VPADDD, low.apply(r), low.apply(r), high.apply(r)));
  }

  /** Adds sums of ints times a scale to the rows' accumulators. */
  static void addScaled(
      Assembler a, List<IntConsumer> stages, IntFunction<Vec> sums, IntFunction<Vec> scale) {
    stages.add(r -> a.op(Simd.VCVTDQ2PS, sums.apply(r), sums.apply(r)));
    stages.add(r -> a.op(Simd.VFMADD231PS, RowStep.accumulator(r), sums.apply(r), scale.apply(r)));
  }
}
