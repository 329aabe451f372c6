package io.longhaul.engine.kernel.machine;

/**
 * The form in which an input meets codes of weights in dot products of shorts, for AVX2: 32 columns
 * have one scale, and each of their values is scale times a short.
 *
 * <p>In memory: 32 shorts in the order of the columns, eight sums, the scale eight times.
 *
 * @param sums what is there to make up for codes that mean other numbers than their own
 * @param offset by how much codes are greater than the weights: a power of two
 */
record InputShorts(Sums sums, int offset) implements InputForm {
  /** Sums of columns: a lane is of the four columns whose products with codes it gets. */
  enum Sums {
    NONE,
    /** Ints: minus the offset, times the sum. */
    OFFSET,
    /** Floats: scale times sum. */
    SCALED
  }

  static final int COLUMNS = 32;

  /** Steps of the largest magnitude. */
  static final int LARGEST = Short.MAX_VALUE;

  /** Sixteen shorts each. */
  static final int SECOND_AT = 32;

  static final int SUMS_AT = 64;
  static final int SCALE_AT = 96;
  private static final int BYTES = 128;

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
