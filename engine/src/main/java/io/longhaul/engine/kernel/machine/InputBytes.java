package io.longhaul.engine.kernel.machine;

/**
 * The form in which an input meets codes of weights in dot products of bytes, for AVX2 and blocks
 * of 256 columns: these have one scale, and each of their values is {@code scale · (256 · high +
 * low)}, two signed digits. These are -127 to 127, so that their negatives are bytes, too: a value
 * whose low digit would be -128 is one step greater.
 *
 * <p>In memory: the high digits and the low ones in the order of the columns, the sums for minima,
 * those for offsets, the scale eight times.
 */
record InputBytes() implements InputForm {
  static final int COLUMNS = 256;

  /** Steps of the largest magnitude: 256 · 127 + 127, so that both digits are signed bytes. */
  static final int LARGEST = 32_639;

  /** What Q6_K's codes are greater by than its weights. */
  static final int OFFSET = 32;

  static final int LOW_AT = COLUMNS;

  /**
   * Sixteen floats: where {@link #minimumLane} says, minus the sum of 32 columns, elsewhere zero.
   */
  static final int MINIMA_AT = 2 * COLUMNS;

  /** Sixteen floats: minus the offset, times the sum of 16 columns. */
  static final int OFFSETS_AT = MINIMA_AT + 64;

  static final int SCALE_AT = OFFSETS_AT + 64;
  private static final int BYTES = SCALE_AT + 32;

  /** Four scales, four minima, four scales, four minima: where a block of 32 has its minimum. */
  static int minimumLane(int block) {
    return scaleLane(block) + 4;
  }

  /** Where it has its scale. */
  static int scaleLane(int block) {
    return block < 4 ? block : block + 4;
  }

  @Override
  public int columns() {
    return COLUMNS;
  }

  @Override
  public int bytes() {
    return BYTES;
  }

  @Override
  public byte[] preparation() {
    return InputAvx2Code.bytes();
  }
}
