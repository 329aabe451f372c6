package io.longhaul.engine.kernel.machine;

import static io.longhaul.engine.kernel.vector.NativeMemory.readable;
import static io.longhaul.engine.kernel.vector.NativeMemory.writable;

import io.longhaul.engine.kernel.PreparedProduct;
import io.longhaul.engine.kernel.Scratch;
import io.longhaul.engine.kernel.Scratch.Slot;
import io.longhaul.engine.tensor.FloatMatrix;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/**
 * Products of many tokens in block floating point: each 32 columns of a row are shorts of 14 bits
 * and one float that scales them, in the weights as in the input, so that the sums of a block are
 * exact in ints, at twice the rate of floats.
 *
 * <p>Both are rounded to 1/8191 of the largest magnitude in their block, which by reckoning makes a
 * product's error about 10<sup>-4</sup> of its terms' standard deviation. An output is summed up
 * block by block, in the order of the columns: it depends on no other row or token.
 */
final class BlockFloatProduct extends PanelProduct {
  private static final int BLOCKS_AT_ONCE = 16;
  private static final long SHORTS_BYTES =
      (long) ROWS * BLOCKS_AT_ONCE * BlockLayout.COLUMNS * Short.BYTES;

  private static final Optional<Entry> QUANTIZE =
      ExecutableMemory.link(BlockFloatCode::quantize, BlockFloatAvx2Code::quantize);
  private static final Optional<Entry> TILES =
      ExecutableMemory.link(BlockTileCode::code, BlockTileAvx2Code::code);

  // Constants, which the JIT compiler turns into plain calls.
  private static final Entry QUANTIZE_CALL = QUANTIZE.orElse(null);
  private static final Entry TILES_CALL = TILES.orElse(null);

  private static final Optional<PreparedProduct> INSTANCE =
      QUANTIZE.isPresent() && PanelTransposition.isPossible() && TILES.isPresent()
          ? Optional.of(new BlockFloatProduct())
          : Optional.empty();

  private BlockFloatProduct() {}

  /** The product; empty where the system refuses executable memory. */
  static Optional<PreparedProduct> instance() {
    return INSTANCE;
  }

  @Override
  public int tokensAtOnce() {
    return BlockLayout.TOKENS;
  }

  @Override
  int blocksAtOnce() {
    return BLOCKS_AT_ONCE;
  }

  @Override
  int panelBlockBytes() {
    return BlockLayout.PANEL_BLOCK_BYTES;
  }

  @Override
  int tokensBlockBytes() {
    return BlockLayout.TOKENS_BLOCK_BYTES;
  }

  @Override
  public void prepare(
      FloatMatrix x, int firstToken, int tokens, MemorySegment prepared, Scratch scratch) {
    long bytes = tileBytes(x.columns());
    long to = writable(prepared, firstToken / BlockLayout.TOKENS * bytes, bytes);
    for (int t = 0; t < tokens; t++) {
      long from = readable(x.segment(), x.offset(firstToken + t), x.rowBytes());
      quantize(
          from,
          x.columns() / BlockLayout.COLUMNS,
          1,
          to + (long) t * BlockLayout.TOKEN_BYTES,
          BlockLayout.TOKENS_BLOCK_BYTES,
          to + BlockLayout.TOKEN_SCALES + bytes(t),
          BlockLayout.TOKENS_BLOCK_BYTES,
          scratch.get(Slot.CALL, CALL_BYTES));
    }
  }

  @Override
  void begin(int n, int blocks, MemorySegment panel, Scratch scratch) {
    if (n < ROWS) {
      shorts(scratch).fill((byte) 0);
      panel.fill((byte) 0);
    }
  }

  private static MemorySegment shorts(Scratch scratch) {
    return scratch.get(Slot.KEYS, SHORTS_BYTES);
  }

  @Override
  MemorySegment floats(int firstRow, int columns, Scratch scratch) {
    return scratch.get(Slot.WEIGHTS, bytes(RowDecodes.ROWS * columns));
  }

  @Override
  void take(
      MemorySegment floats, int firstRow, int n, int blocks, MemorySegment panel, Scratch scratch) {
    quantize(
        floats.address(),
        blocks,
        n,
        shorts(scratch).address() + (long) firstRow * blocks * BlockLayout.TOKEN_BYTES,
        BlockLayout.TOKEN_BYTES,
        panel.address() + BlockLayout.PANEL_SCALES + bytes(firstRow),
        BlockLayout.PANEL_BLOCK_BYTES,
        scratch.get(Slot.CALL, CALL_BYTES));
  }

  @Override
  void finish(int blocks, MemorySegment panel, Scratch scratch) {
    long rowBytes = (long) blocks * BlockLayout.TOKEN_BYTES;
    PanelTransposition.run(shorts(scratch).address(), rowBytes, blocks, panel.address());
  }

  /** Rows of floats to blocks; the scales of the rows of a block follow each other. */
  private static void quantize(
      long floats,
      int blocks,
      int rows,
      long shorts,
      int shortsStride,
      long scales,
      int scalesStride,
      MemorySegment call) {
    call.set(ValueLayout.JAVA_LONG, 0, scalesStride);
    call.set(ValueLayout.JAVA_LONG, Long.BYTES, rows);
    call.set(ValueLayout.JAVA_LONG, 2 * Long.BYTES, Float.BYTES);
    QUANTIZE_CALL.run(floats, blocks, shorts, shortsStride, scales, call.address());
  }

  @Override
  void tiles(long panel, long input, long tileBytes, int blocks, int tiles, MemorySegment call) {
    TILES_CALL.run(panel, input, tileBytes, blocks, tiles, call.address());
  }
}
