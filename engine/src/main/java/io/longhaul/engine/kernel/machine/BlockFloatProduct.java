package io.longhaul.engine.kernel.machine;

import static io.longhaul.engine.kernel.vector.NativeMemory.readable;
import static io.longhaul.engine.kernel.vector.NativeMemory.writable;

import io.longhaul.engine.kernel.PreparedProduct;
import io.longhaul.engine.kernel.Scratch;
import io.longhaul.engine.kernel.Scratch.Slot;
import io.longhaul.engine.kernel.Weights;
import io.longhaul.engine.tensor.FloatMatrix;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/**
 * Products of many tokens in block floating point: each 32 columns of a row are shorts of 14 bits
 * and one float that scales them, in the weights as in the input, so that the sums of a block are
 * exact in ints, at twice the rate of floats.
 *
 * <p>Both are rounded to 1/8191 of the largest magnitude in their block, which makes a product's
 * error about 10<sup>-4</sup> of its terms' standard deviation: less than a tenth of what eight
 * bits would leave, and than what the types of quantized weights have left already. An output is
 * summed up block by block, in the order of the columns: it depends on no other row or token.
 */
final class BlockFloatProduct implements PreparedProduct {
  /** Blocks of a panel, which is to stay in the L1 cache while all tokens pass by. */
  private static final int BLOCKS_AT_ONCE = 16;

  private static final int ROWS = BlockLayout.ROWS;
  private static final int TOKENS = BlockLayout.TOKENS;
  private static final int HALF = ROWS / 2;
  private static final long FLOATS_OF_ROW = (long) BLOCKS_AT_ONCE * BlockLayout.COLUMNS;
  private static final long OUTPUTS_OF_TOKEN = (long) ROWS * Float.BYTES;

  /** What a call has beside the registers. */
  private static final long CALL_BYTES = 3 * Long.BYTES;

  private static final Optional<MethodHandle> QUANTIZE =
      ExecutableMemory.link(BlockFloatCode.quantize(), 6);
  private static final Optional<MethodHandle> TRANSPOSE =
      ExecutableMemory.link(BlockFloatCode.transpose(), 4);
  private static final Optional<MethodHandle> TILES =
      ExecutableMemory.link(BlockTileCode.code(), 6);

  // Handles are constants, which the JIT compiler turns into plain calls.
  private static final MethodHandle QUANTIZE_CALL = QUANTIZE.orElse(null);
  private static final MethodHandle TRANSPOSE_CALL = TRANSPOSE.orElse(null);
  private static final MethodHandle TILES_CALL = TILES.orElse(null);

  /** Decodes a part of a row of weights to floats. */
  @FunctionalInterface
  interface RowDecoder {
    /** {@code out[i] = W[row][firstColumn + i]}; {@code firstColumn} begins a block. */
    void decode(
        Weights weights, int row, int firstColumn, int columns, MemorySegment out, long outOffset);
  }

  private final RowDecoder decoder;

  private BlockFloatProduct(RowDecoder decoder) {
    this.decoder = decoder;
  }

  /** The product; empty where the system refuses executable memory. */
  static Optional<PreparedProduct> of(RowDecoder decoder) {
    return QUANTIZE.isPresent() && TRANSPOSE.isPresent() && TILES.isPresent()
        ? Optional.of(new BlockFloatProduct(decoder))
        : Optional.empty();
  }

  /** Whether a row of these weights is whole blocks, one at least. */
  static boolean fits(Weights weights) {
    return weights.columns() > 0 && weights.columns() % BlockLayout.COLUMNS == 0;
  }

  @Override
  public int tokensAtOnce() {
    return TOKENS;
  }

  @Override
  public long bytes(int tokens, int columns) {
    return Math.ceilDiv(tokens, TOKENS) * bytesOfFour(columns);
  }

  private static long bytesOfFour(int columns) {
    return (long) columns / BlockLayout.COLUMNS * BlockLayout.TOKENS_BLOCK_BYTES;
  }

  @Override
  public void prepare(
      FloatMatrix x, int firstToken, int tokens, MemorySegment prepared, Scratch scratch) {
    long bytes = bytesOfFour(x.columns());
    long to = writable(prepared, firstToken / TOKENS * bytes, bytes);
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
  public void multiply(
      Weights weights,
      int firstRow,
      int rows,
      MemorySegment prepared,
      int tokens,
      FloatMatrix y,
      Scratch scratch) {
    int blocks = weights.columns() / BlockLayout.COLUMNS;
    long input = readable(prepared, 0, bytes(tokens, weights.columns()));
    for (int r = 0; r < rows; r += ROWS) {
      int n = Math.min(ROWS, rows - r);
      for (int b = 0; b < blocks; b += BLOCKS_AT_ONCE) {
        int part = Math.min(BLOCKS_AT_ONCE, blocks - b);
        long panel = panel(weights, firstRow + r, n, b, part, scratch);
        long inputPart = input + (long) b * BlockLayout.TOKENS_BLOCK_BYTES;
        tiles(
            panel, inputPart, weights.columns(), part, b > 0, tokens, y, firstRow + r, n, scratch);
      }
    }
  }

  /** The tiles of all tokens and {@code n} rows; whole ones go to the outputs at once. */
  private static void tiles(
      long panel,
      long input,
      int columns,
      int blocks,
      boolean add,
      int tokens,
      FloatMatrix y,
      int firstRow,
      int n,
      Scratch scratch) {
    long outputs = writable(y.segment(), 0, y.extent(tokens)) + (long) firstRow * Float.BYTES;
    long outputBytes = y.offset(1);
    MemorySegment call = scratch.get(Slot.CALL, CALL_BYTES);
    int whole = n == ROWS ? tokens / TOKENS : 0;
    long four = bytesOfFour(columns);
    if (whole > 0) {
      call(call, panel, input, four, blocks, whole, outputs, outputBytes, add);
    }
    MemorySegment sums = scratch.get(Slot.SUMS, TOKENS * OUTPUTS_OF_TOKEN);
    for (int t = whole * TOKENS; t < tokens; t += TOKENS) {
      long from = input + t / TOKENS * four;
      int m = Math.min(TOKENS, tokens - t);
      for (int i = 0; add && i < m; i++) {
        MemorySegment.copy(
            y.segment(), at(y, t + i, firstRow), sums, i * OUTPUTS_OF_TOKEN, bytes(n));
      }
      call(call, panel, from, four, blocks, 1, sums.address(), OUTPUTS_OF_TOKEN, add);
      for (int i = 0; i < m; i++) {
        MemorySegment.copy(
            sums, i * OUTPUTS_OF_TOKEN, y.segment(), at(y, t + i, firstRow), bytes(n));
      }
    }
  }

  private static long at(FloatMatrix y, int token, int row) {
    return y.offset(token) + bytes(row);
  }

  private static long bytes(int floats) {
    return (long) floats * Float.BYTES;
  }

  /** Decodes a part of some rows and brings it into the panel's form; rows that lack are zeros. */
  private long panel(
      Weights weights, int firstRow, int n, int firstBlock, int blocks, Scratch scratch) {
    MemorySegment floats = scratch.get(Slot.WEIGHTS, RowDecodes.ROWS * FLOATS_OF_ROW * Float.BYTES);
    MemorySegment shorts = scratch.get(Slot.KEYS, ROWS * FLOATS_OF_ROW * Short.BYTES);
    MemorySegment panel = scratch.get(Slot.TILE, (long) blocks * BlockLayout.PANEL_BLOCK_BYTES);
    if (n < ROWS) {
      shorts.fill((byte) 0);
      panel.fill((byte) 0);
    }
    int firstColumn = firstBlock * BlockLayout.COLUMNS;
    int columns = blocks * BlockLayout.COLUMNS;
    for (int r = 0; r < n; r += RowDecodes.ROWS) {
      int m = Math.min(RowDecodes.ROWS, n - r);
      decode(weights, firstRow + r, m, firstColumn, columns, floats, scratch);
      quantize(
          floats.address(),
          blocks,
          m,
          shorts.address() + (long) r * blocks * BlockLayout.TOKEN_BYTES,
          BlockLayout.TOKEN_BYTES,
          panel.address() + BlockLayout.PANEL_SCALES + bytes(r),
          BlockLayout.PANEL_BLOCK_BYTES,
          scratch.get(Slot.CALL, CALL_BYTES));
    }
    long half = (long) HALF * blocks * BlockLayout.TOKEN_BYTES;
    transpose(shorts.address(), blocks, panel.address());
    transpose(shorts.address() + half, blocks, panel.address() + BlockLayout.PAIR_BYTES / 2);
    return panel.address();
  }

  /** A part of up to eight rows to floats, row after row. */
  private void decode(
      Weights weights,
      int firstRow,
      int rows,
      int firstColumn,
      int columns,
      MemorySegment floats,
      Scratch scratch) {
    if (rows == RowDecodes.ROWS && weights.scales().isEmpty()) {
      Optional<RowDecodes> code = RowDecodes.of(weights.type());
      if (code.isPresent() && columns % code.get().columnsAtOnce() == 0) {
        long rowBytes = weights.rowBytes();
        long from = firstRow * rowBytes + weights.type().bytes(firstColumn);
        long bytes = (rows - 1) * rowBytes + weights.type().bytes(columns);
        MemorySegment work = scratch.get(Slot.CALL, RowDecodes.SCRATCH_BYTES);
        code.get()
            .decode(
                readable(weights.data(), from, bytes),
                rowBytes,
                columns,
                floats.address(),
                bytes(columns),
                work.address());
        return;
      }
    }
    for (int r = 0; r < rows; r++) {
      decoder.decode(weights, firstRow + r, firstColumn, columns, floats, bytes(r * columns));
    }
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
    try {
      QUANTIZE_CALL.invokeExact(
          floats, (long) blocks, shorts, (long) shortsStride, scales, call.address());
    } catch (Throwable e) {
      throw AssembledCode.unexpected(e);
    }
  }

  private static void transpose(long shorts, int blocks, long halfPanel) {
    try {
      TRANSPOSE_CALL.invokeExact(
          shorts, (long) blocks * BlockLayout.TOKEN_BYTES, (long) blocks, halfPanel);
    } catch (Throwable e) {
      throw AssembledCode.unexpected(e);
    }
  }

  private static void call(
      MemorySegment rest,
      long panel,
      long input,
      long bytesOfFour,
      int blocks,
      int fours,
      long outputs,
      long outputBytes,
      boolean add) {
    rest.set(ValueLayout.JAVA_LONG, 0, outputs);
    rest.set(ValueLayout.JAVA_LONG, Long.BYTES, outputBytes);
    rest.set(ValueLayout.JAVA_LONG, 2 * Long.BYTES, add ? 1 : 0);
    try {
      TILES_CALL.invokeExact(
          panel, input, bytesOfFour, (long) blocks, (long) fours, rest.address());
    } catch (Throwable e) {
      throw AssembledCode.unexpected(e);
    }
  }
}
