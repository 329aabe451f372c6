package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.machine.Assembler.Mem;
import io.longhaul.engine.kernel.machine.Assembler.Vec;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.function.IntFunction;

/**
 * One step of a loop over eight rows, for one type of weights: decodes the next columns in
 * registers and has them used, multiplied with the input by {@link RowSumsCode} or stored by {@link
 * RowDecodeCode}.
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

  /** What is to be in registers before the loop, as {@link RowLoop#constants} says. */
  default void constants(Constants constants) {}

  /**
   * The code of the step. It has vector registers 8 to 31, as far as they hold no constants, and
   * the masks.
   *
   * @param rows where each row's step begins
   * @param use what becomes of the weights
   * @param scratch 64 bytes for each row
   */
  void emit(Assembler a, List<Mem> rows, Use use, Mem scratch);

  /** What becomes of decoded weights, sixteen columns of a row at a time. */
  interface Use {
    /** Before weights of these columns are used: their input to a register, if it is wanted. */
    void loadInput(Vec input, int column);

    /**
     * Uses the weights of a row.
     *
     * @param column of the step, the first of sixteen
     * @param input the register that was loaded for these columns
     */
    void use(int row, int column, Vec weights, Vec input);
  }

  /**
   * Emits one instruction after the other for {@link #TOGETHER} rows at a time. An instruction that
   * waits for the one before it takes a place in the processor's schedulers, and one row's chain of
   * them would fill these before other rows' begin.
   *
   * @param stages each emit one instruction for a row
   */
  static void interleave(int rows, List<IntConsumer> stages) {
    interleave(rows, TOGETHER, stages);
  }

  /** As {@link #interleave(int, List)}, for another number of rows at a time. */
  static void interleave(int rows, int together, List<IntConsumer> stages) {
    for (int first = 0; first < rows; first += together) {
      for (IntConsumer stage : stages) {
        for (int r = first; r < Math.min(rows, first + together); r++) {
          stage.accept(r);
        }
      }
    }
  }

  /** A register for each of the rows that go together, the first of which has {@code first}. */
  static IntFunction<Vec> registers(int first) {
    return registers(first, TOGETHER);
  }

  /** As {@link #registers(int)}, for another number of rows that go together. */
  static IntFunction<Vec> registers(int first, int together) {
    return row -> new Vec(first + row % together);
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
