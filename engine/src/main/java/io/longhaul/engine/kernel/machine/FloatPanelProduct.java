package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.PreparedProduct;
import io.longhaul.engine.kernel.Scratch;
import io.longhaul.engine.kernel.Scratch.Slot;
import io.longhaul.engine.tensor.FloatMatrix;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * Products of many tokens with floats, for weights whose type has rounded them less than block
 * floating point would: a sum is one chain of fused additions, in the order of the columns.
 */
final class FloatPanelProduct extends PanelProduct {
  private static final int BLOCKS_AT_ONCE = 8;

  /**
   * Tokens of a tile, with two vectors of rows: twelve chains of fused additions. Two units with a
   * latency of four cycles need eight, and some more to have no gaps.
   */
  static final int TOKENS = 6;

  /** A panel's block is as large as two of shorts: each takes the place of a pair of those. */
  static final int PANEL_BLOCK_BYTES = 2 * BlockLayout.PANEL_BLOCK_BYTES;

  static final int TOKEN_BYTES = BlockLayout.COLUMNS * Float.BYTES;
  static final int TOKENS_BLOCK_BYTES = TOKENS * TOKEN_BYTES;

  private static final Optional<Entry> TILES =
      ExecutableMemory.link(FloatTileCode::code, FloatTileAvx2Code::code);

  // Constants, which the JIT compiler turns into plain calls.
  private static final Entry TILES_CALL = TILES.orElse(null);

  private static final Optional<PreparedProduct> INSTANCE =
      PanelTransposition.isPossible() && TILES.isPresent()
          ? Optional.of(new FloatPanelProduct())
          : Optional.empty();

  private FloatPanelProduct() {}

  /**
   * Where a column's floats are in a block of a panel: they take the places of pairs of shorts;
   * after sixteen, the scales' place is left out.
   */
  static int columnAt(int column) {
    return column / BlockLayout.PAIRS * BlockLayout.PANEL_BLOCK_BYTES
        + column % BlockLayout.PAIRS * BlockLayout.PAIR_BYTES;
  }

  /** The product; empty where the system refuses executable memory. */
  static Optional<PreparedProduct> instance() {
    return INSTANCE;
  }

  @Override
  public int tokensAtOnce() {
    return TOKENS;
  }

  @Override
  int blocksAtOnce() {
    return BLOCKS_AT_ONCE;
  }

  @Override
  int panelBlockBytes() {
    return PANEL_BLOCK_BYTES;
  }

  @Override
  int tokensBlockBytes() {
    return TOKENS_BLOCK_BYTES;
  }

  @Override
  public void prepare(
      FloatMatrix x, int firstToken, int tokens, MemorySegment prepared, Scratch scratch) {
    long to = firstToken / TOKENS * tileBytes(x.columns());
    int blocks = x.columns() / BlockLayout.COLUMNS;
    for (int t = 0; t < tokens; t++) {
      AssembledRows.copy(
          x.segment(),
          x.offset(firstToken + t),
          TOKEN_BYTES,
          prepared,
          to + (long) t * TOKEN_BYTES,
          TOKENS_BLOCK_BYTES,
          BlockLayout.COLUMNS,
          blocks);
    }
  }

  @Override
  void begin(int n, int blocks, MemorySegment panel, Scratch scratch) {
    if (n < ROWS) {
      all(scratch).fill((byte) 0);
    }
  }

  private static MemorySegment all(Scratch scratch) {
    return scratch.get(Slot.KEYS, bytes(ROWS * BLOCKS_AT_ONCE * BlockLayout.COLUMNS));
  }

  @Override
  MemorySegment floats(int firstRow, int columns, Scratch scratch) {
    return all(scratch).asSlice(bytes(firstRow * columns));
  }

  @Override
  void take(
      MemorySegment floats, int firstRow, int n, int blocks, MemorySegment panel, Scratch scratch) {
    // They lie where they are wanted.
  }

  @Override
  void finish(int blocks, MemorySegment panel, Scratch scratch) {
    long rowBytes = (long) blocks * TOKEN_BYTES;
    PanelTransposition.run(all(scratch).address(), rowBytes, 2 * blocks, panel.address());
  }

  @Override
  void tiles(long panel, long input, long tileBytes, int blocks, int tiles, MemorySegment call) {
    TILES_CALL.run(panel, input, tileBytes, blocks, tiles, call.address());
  }
}
