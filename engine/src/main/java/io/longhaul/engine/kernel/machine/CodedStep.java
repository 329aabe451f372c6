package io.longhaul.engine.kernel.machine;

/** A step of {@link RowSumsCode} that multiplies codes of weights with an input in its own form. */
interface CodedStep extends RowLoop {
  /** The form of the input: one group for each step. */
  InputForm input();

  /** Rows that go together: {@link RowSumsCode#ROWS} or one. */
  default int rowsAtOnce() {
    return RowSumsCode.ROWS;
  }

  @Override
  default int columns() {
    return input().columns();
  }

  @Override
  default int inputBytes() {
    return input().bytes();
  }
}
