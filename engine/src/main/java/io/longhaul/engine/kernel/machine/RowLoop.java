package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.machine.Assembler.Mem;
import java.util.List;

/**
 * The inside of {@link RowSumsCode}'s loop: multiplies the next columns of some rows with an input
 * and adds the products to the rows' {@linkplain RowStep#accumulator accumulators}.
 */
interface RowLoop {
  /** Columns of a step. */
  int columns();

  /** Bytes that they take in a row. */
  int bytes();

  /** Bytes that they take in the input. */
  int inputBytes();

  /**
   * What is to be in registers before the loop: any vectors but 12 to 15, through which the sums of
   * each group of rows go; r14 and r15 are the step's own, too.
   */
  void constants(Constants constants);

  /**
   * The code of a step. It has vector registers 8 to 31 (of one row with AVX2 1 to 15), as far as
   * they hold no constants, and the masks.
   *
   * @param rows where each row's step begins
   * @param input where the input of the step begins
   * @param scratch {@link RowSumsCode#WORK_BYTES}, of which constants have taken some
   */
  void emit(Assembler a, List<Mem> rows, Mem input, Mem scratch);

  /** Rows whose products go together: {@link RowSumsCode#ROWS} or one. */
  default int rowsAtOnce() {
    return RowSumsCode.ROWS;
  }

  /** Accumulators that are zero when rows begin, if there are more of them than rows. */
  default int accumulators() {
    return 1;
  }

  /** Adds what other accumulators have to the row's own one, before its lanes are summed up. */
  default void finish(Assembler a) {}

  /** Whether there is code for a last step of fewer columns, which masks tell what it has. */
  default boolean endsMasked() {
    return false;
  }

  /** Blocks of a step; there is code for a last step of fewer, if it is more than one. */
  default int blocks() {
    return 1;
  }

  /**
   * The code of a last step of fewer columns, whose input has been filled up with zeros.
   *
   * @param blocks how many it has; or the masks {@link RowSumsCode#FIRST_BYTES} and {@link
   *     RowSumsCode#LAST_BYTES} say what of its bytes the row has
   */
  default void emitEnd(Assembler a, List<Mem> rows, Mem input, Mem scratch, int blocks) {
    throw new IllegalStateException("rows end with a whole step");
  }
}
