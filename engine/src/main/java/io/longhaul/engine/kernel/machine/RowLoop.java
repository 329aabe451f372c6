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
   * The code of a step. It has vector registers 8 to 31, as far as they hold no constants, and the
   * masks.
   *
   * @param rows where each row's step begins
   * @param input where the input of the step begins
   * @param scratch {@link RowSumsCode#WORK_BYTES}, of which constants have taken some
   */
  void emit(Assembler a, List<Mem> rows, Mem input, Mem scratch);

  /** Whether there is code for a last step of fewer columns. */
  default boolean endsAnywhere() {
    return false;
  }

  /**
   * The code of a last step of fewer columns, whose input has been filled up with zeros. With
   * AVX-512 the masks {@link RowSumsCode#FIRST_BYTES} and {@link RowSumsCode#LAST_BYTES} say what
   * of its bytes the row has.
   */
  default void emitEnd(Assembler a, List<Mem> rows, Mem input, Mem scratch) {
    throw new IllegalStateException("rows end with a whole step");
  }
}
