package io.longhaul.engine.kernel;

import io.longhaul.engine.tensor.TensorType;

/** How many blocks a run of elements is. */
public final class BlockCount {
  private BlockCount() {}

  /**
   * The blocks that hold {@code count} elements.
   *
   * @throws IllegalArgumentException if {@code count} is negative or not a whole number of blocks
   */
  public static int of(TensorType type, int count) {
    if (count < 0 || count % type.blockSize() != 0) {
      throw new IllegalArgumentException(
          count + " elements are not a whole number of " + type + " blocks of " + type.blockSize());
    }
    return count / type.blockSize();
  }
}
