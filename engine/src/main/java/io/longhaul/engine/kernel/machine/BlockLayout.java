package io.longhaul.engine.kernel.machine;

/**
 * How the operands of {@link BlockFloatProduct} lie in memory. A block is 32 columns: shorts, and a
 * float by which they are multiplied.
 *
 * <p>Prepared tokens lie in fours, block after block: the shorts of token 0 to 3, then their four
 * scales. A panel is 32 rows of weights, block after block: for each pair of columns the two shorts
 * of every row, then the scales of the rows.
 */
final class BlockLayout {
  /** Columns of a block. */
  static final int COLUMNS = 32;

  /** Greatest magnitude of a short: the products of 32 columns then add up within an int. */
  static final int LARGEST = 8191;

  static final int PAIRS = COLUMNS / 2;
  static final int TOKENS = 4;
  static final int TOKEN_BYTES = COLUMNS * Short.BYTES;
  static final int TOKEN_SCALES = TOKENS * TOKEN_BYTES;
  static final int TOKENS_BLOCK_BYTES = TOKEN_SCALES + TOKENS * Float.BYTES;

  static final int ROWS = 32;
  static final int PAIR_BYTES = ROWS * 2 * Short.BYTES;
  static final int PANEL_SCALES = PAIRS * PAIR_BYTES;
  static final int PANEL_BLOCK_BYTES = PANEL_SCALES + ROWS * Float.BYTES;

  private BlockLayout() {}
}
