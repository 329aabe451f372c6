package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.machine.Assembler.Mem;
import io.longhaul.engine.kernel.machine.Assembler.Vec;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.function.IntFunction;

/**
 * One step of {@link RowSumsCode}'s loop, for one type of weights: decodes the next columns of
 * eight rows and adds their products with the input.
 */
interface RowStep {
  /** Rows whose instructions alternate. */
  int TOGETHER = 4;

  /** For VPTERNLOGD: the target or, masked by the third, the second. */
  int OR_MASKED = 0xF8;

  /** Columns of a step. */
  int columns();

  /** Bytes that they take in a row. */
  int bytes();

  /** What is to be in registers before the loop. */
  default void constants(Constants constants) {}

  /**
   * The code of the step. It has vector registers 8 to 31, as far as they hold no constants, and
   * the masks.
   *
   * @param rows where each row's step begins
   * @param input the first of the step's columns
   * @param scratch 64 bytes for each row
   */
  void emit(Assembler a, List<Mem> rows, Mem input, Mem scratch);

  /**
   * Emits one instruction after the other for {@link #TOGETHER} rows at a time. An instruction that
   * waits for the one before it takes a place in the processor's schedulers, and one row's chain of
   * them would fill these before other rows' begin.
   *
   * @param stages each emit one instruction for a row
   */
  static void interleave(int rows, List<IntConsumer> stages) {
    for (int first = 0; first < rows; first += TOGETHER) {
      for (IntConsumer stage : stages) {
        for (int r = first; r < first + TOGETHER; r++) {
          stage.accept(r);
        }
      }
    }
  }

  /** A register for each of the rows that go together, the first of which has {@code first}. */
  static IntFunction<Vec> registers(int first) {
    return row -> new Vec(first + row % TOGETHER);
  }

  /** Row r's accumulator. */
  static Vec accumulator(int row) {
    return new Vec(row);
  }

  /** One f16 in all lanes, as floats. */
  static void broadcastF16(Assembler a, Vec to, Mem from) {
    a.op(Simd.VPBROADCASTW, to.ymm(), from);
    a.op(Simd.VCVTPH2PS, to, to.ymm());
  }

  /** The same for each row. */
  static void broadcastF16(
      Assembler a, List<IntConsumer> stages, IntFunction<Vec> to, IntFunction<Mem> from) {
    stages.add(r -> a.op(Simd.VPBROADCASTW, to.apply(r).ymm(), from.apply(r)));
    stages.add(r -> a.op(Simd.VCVTPH2PS, to.apply(r), to.apply(r).ymm()));
  }
}
