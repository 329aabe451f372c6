package io.longhaul.engine.kernel.machine;

/**
 * The form in which an input meets codes of weights in dot products of shorts, for AVX2: 32
 * columns, a block, have one scale, and each of their values is scale times a short.
 *
 * <p>In memory, for each four blocks: the shorts in the order of the columns; then for each block
 * its scale and, where it is wanted, its sum times scale, or zero; then for each block minus the
 * offset times its sum, and zero.
 *
 * @param sums what is there to make up for codes that mean other numbers than their own
 * @param offset by how much codes are greater than the weights: a power of two
 */
record InputShorts(Sums sums, int offset) implements InputForm {
  /** Sums of a block's shorts, as floats. */
  enum Sums {
    NONE,
    /** Minus the offset, times the sum: a whole number, less than 2^24. */
    OFFSET,
    /** Scale times sum. */
    SCALED
  }

  /** That go together. */
  static final int BLOCKS = 4;

  /** Of a block. */
  static final int BLOCK_COLUMNS = 32;

  /** Of a block's shorts. */
  static final int BLOCK_BYTES = BLOCK_COLUMNS * Short.BYTES;

  static final int COLUMNS = BLOCKS * BLOCK_COLUMNS;

  /** Steps of the largest magnitude. */
  static final int LARGEST = Short.MAX_VALUE;

  /** Of a block: sixteen shorts each. */
  static final int SECOND_AT = 32;

  /** Two floats for each block. */
  static final int PAIR_BYTES = 2 * Float.BYTES;

  static final int FACTORS_AT = BLOCKS * BLOCK_BYTES;
  static final int OFFSETS_AT = FACTORS_AT + BLOCKS * PAIR_BYTES;
  private static final int BYTES = OFFSETS_AT + BLOCKS * PAIR_BYTES;

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
    return InputAvx2Code.shorts(this);
  }
}
