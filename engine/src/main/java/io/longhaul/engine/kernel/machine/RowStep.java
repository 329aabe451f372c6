package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.machine.Assembler.Mem;
import io.longhaul.engine.kernel.machine.Assembler.Vec;
import java.util.List;

/**
 * One step of {@link RowSumsCode}'s loop, for one type of weights: decodes the next columns of
 * eight rows and adds their products with the input.
 */
interface RowStep {
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

  /** Row r's accumulator. */
  static Vec accumulator(int row) {
    return new Vec(row);
  }

  /** One f16 in all lanes, as floats. */
  static void broadcastF16(Assembler a, Vec to, Mem from) {
    a.op(Simd.VPBROADCASTW, to.ymm(), from);
    a.op(Simd.VCVTPH2PS, to, to.ymm());
  }
}
