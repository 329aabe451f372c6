package io.longhaul.engine.kernel.machine;

/** A step of one row that meets {@link InputBytes}. */
interface ByteStep extends CodedStep {
  @Override
  default InputForm input() {
    return new InputBytes();
  }

  @Override
  default int rowsAtOnce() {
    return 1;
  }
}
