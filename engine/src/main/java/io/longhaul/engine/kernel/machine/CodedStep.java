package io.longhaul.engine.kernel.machine;

/** A step of {@link RowSumsCode} that multiplies codes of weights with an input in its own form. */
interface CodedStep extends RowLoop {
  /** The form of the input. */
  InputForm input();

  /** Groups of the input that a step takes; a last step of one takes fewer. */
  default int groups() {
    return 1;
  }

  @Override
  default int columns() {
    return groups() * input().columns();
  }

  @Override
  default int inputBytes() {
    return groups() * input().bytes();
  }
}
