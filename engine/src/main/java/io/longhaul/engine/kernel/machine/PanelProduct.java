package io.longhaul.engine.kernel.machine;

import static io.longhaul.engine.kernel.vector.NativeMemory.readable;
import static io.longhaul.engine.kernel.vector.NativeMemory.writable;

import io.longhaul.engine.kernel.PreparedProduct;
import io.longhaul.engine.kernel.Scratch;
import io.longhaul.engine.kernel.Scratch.Slot;
import io.longhaul.engine.kernel.Weights;
import io.longhaul.engine.kernel.vector.VectorKernels;
import io.longhaul.engine.tensor.FloatMatrix;
import io.longhaul.engine.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/**
 * Products of many tokens by tiles of 32 rows and some tokens: a part of 32 rows is decoded and
 * brought into a panel, in which lanes are rows, and all tokens pass by it while it is in the
 * cache.
 */
abstract sealed class PanelProduct implements PreparedProduct
    permits BlockFloatProduct, FloatPanelProduct {
  static final int ROWS = BlockLayout.ROWS;
  private static final long OUTPUTS_OF_TOKEN = (long) ROWS * Float.BYTES;

  /**
   * Where code that needs it finds memory for the sums of a tile behind the arguments of a call.
   */
  static final int SUMS_AT = 64;

  /** What a call has beside the registers. */
  static final long CALL_BYTES = SUMS_AT + (long) BlockLayout.TOKENS * ROWS * Float.BYTES;

  /** Whether a row of these weights is whole blocks, one at least. */
  static boolean fits(Weights weights) {
    return weights.columns() > 0 && weights.columns() % BlockLayout.COLUMNS == 0;
  }

  /** Blocks of columns of a panel, which is to stay in the L1 cache while all tokens pass by. */
  abstract int blocksAtOnce();

  abstract int panelBlockBytes();

  /** Bytes of a block of the prepared tokens of a tile. */
  abstract int tokensBlockBytes();

  /** Begins a panel of {@code n} rows. */
  abstract void begin(int n, int blocks, MemorySegment panel, Scratch scratch);

  /** Where decoded rows go. */
  abstract MemorySegment floats(int firstRow, int columns, Scratch scratch);

  /** Takes up to eight decoded rows. */
  abstract void take(
      MemorySegment floats, int firstRow, int n, int blocks, MemorySegment panel, Scratch scratch);

  abstract void finish(int blocks, MemorySegment panel, Scratch scratch);

  /** Runs some tiles; {@code call} is memory for the rest of the arguments. */
  abstract void tiles(
      long panel, long input, long tileBytes, int blocks, int tiles, MemorySegment call);

  @Override
  public long bytes(int tokens, int columns) {
    return Math.ceilDiv(tokens, tokensAtOnce()) * tileBytes(columns);
  }

  /** Bytes of the prepared tokens of a tile. */
  long tileBytes(int columns) {
    return (long) columns / BlockLayout.COLUMNS * tokensBlockBytes();
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
    int most = blocksAtOnce(weights.type(), blocks);
    long input = readable(prepared, 0, bytes(tokens, weights.columns()));
    for (int r = 0; r < rows; r += ROWS) {
      int n = Math.min(ROWS, rows - r);
      for (int b = 0; b < blocks; b += most) {
        int part = Math.min(most, blocks - b);
        long panel = panel(weights, firstRow + r, n, b, part, scratch);
        long inputPart = input + (long) b * tokensBlockBytes();
        tiles(
            panel, inputPart, weights.columns(), part, b > 0, tokens, y, firstRow + r, n, scratch);
      }
    }
  }

  /**
   * Blocks of a part, about as many in each: whole blocks of the weights, and as many as a panel is
   * to have at most.
   */
  private int blocksAtOnce(TensorType type, int blocks) {
    int parts = Math.ceilDiv(blocks, blocksAtOnce());
    int unit = Math.max(1, type.blockSize() / BlockLayout.COLUMNS);
    return Math.ceilDiv(Math.ceilDiv(blocks, parts), unit) * unit;
  }

  /** The tiles of all tokens and {@code n} rows; whole ones go to the outputs at once. */
  private void tiles(
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
    int atOnce = tokensAtOnce();
    int whole = n == ROWS ? tokens / atOnce : 0;
    long tileBytes = tileBytes(columns);
    if (whole > 0) {
      tiles(call, panel, input, tileBytes, blocks, whole, outputs, outputBytes, add);
    }
    MemorySegment sums = scratch.get(Slot.SUMS, atOnce * OUTPUTS_OF_TOKEN);
    for (int t = whole * atOnce; t < tokens; t += atOnce) {
      long from = input + t / atOnce * tileBytes;
      int m = Math.min(atOnce, tokens - t);
      long at = y.offset(t) + bytes(firstRow);
      if (add) {
        AssembledRows.copy(y.segment(), at, y.offset(1), sums, 0, OUTPUTS_OF_TOKEN, n, m);
      }
      tiles(call, panel, from, tileBytes, blocks, 1, sums.address(), OUTPUTS_OF_TOKEN, add);
      AssembledRows.copy(sums, 0, OUTPUTS_OF_TOKEN, y.segment(), at, y.offset(1), n, m);
    }
  }

  static long bytes(int floats) {
    return (long) floats * Float.BYTES;
  }

  /** Decodes a part of some rows and brings it into the panel's form; rows that lack are zeros. */
  private long panel(
      Weights weights, int firstRow, int n, int firstBlock, int blocks, Scratch scratch) {
    int firstColumn = firstBlock * BlockLayout.COLUMNS;
    int columns = blocks * BlockLayout.COLUMNS;
    MemorySegment panel = scratch.get(Slot.TILE, (long) blocks * panelBlockBytes());
    begin(n, blocks, panel, scratch);
    for (int r = 0; r < n; r += RowDecodes.ROWS) {
      int m = Math.min(RowDecodes.ROWS, n - r);
      MemorySegment floats = floats(r, columns, scratch);
      decode(weights, firstRow + r, m, firstColumn, columns, floats, scratch);
      take(floats, r, m, blocks, panel, scratch);
    }
    finish(blocks, panel, scratch);
    return panel.address();
  }

  /** A part of up to eight rows to floats, row after row. */
  private static void decode(
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
      VectorKernels.decodePart(
          weights, firstRow + r, firstColumn, columns, floats, bytes(r * columns));
    }
  }

  private void tiles(
      MemorySegment call,
      long panel,
      long input,
      long tileBytes,
      int blocks,
      int tiles,
      long outputs,
      long outputBytes,
      boolean add) {
    call.set(ValueLayout.JAVA_LONG, 0, outputs);
    call.set(ValueLayout.JAVA_LONG, Long.BYTES, outputBytes);
    call.set(ValueLayout.JAVA_LONG, 2 * Long.BYTES, add ? 1 : 0);
    tiles(panel, input, tileBytes, blocks, tiles, call);
  }
}
