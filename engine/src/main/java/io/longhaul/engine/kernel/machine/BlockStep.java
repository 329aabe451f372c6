package io.longhaul.engine.kernel.machine;

/**
 * A step over a block of 256 columns, which meets {@link InputBytes}. It goes through one row at a
 * time: the code for a block is long, and that of eight rows would not stay in the processor's
 * cache of decoded instructions. Vector registers 1 to 7 are its own, too.
 */
interface BlockStep extends CodedStep {
  @Override
  default InputForm input() {
    return new InputBytes();
  }

  @Override
  default int rowsAtOnce() {
    return 1;
  }
}
