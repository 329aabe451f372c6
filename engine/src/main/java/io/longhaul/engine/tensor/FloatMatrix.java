package io.longhaul.engine.tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Activations: {@code rows × columns} floats, one row a token, off the heap.
 *
 * <p>Every row starts on a cache line and is followed by zeros up to the next one. Kernels may read
 * (never write) that padding, so that no inner loop needs a tail.
 */
public final class FloatMatrix {
  /** Floats in a cache line of 64 bytes, which is also the widest vector. */
  public static final int ALIGNMENT = 16;

  private final int rows;
  private final int columns;
  private final int stride;
  private final MemorySegment segment;

  private FloatMatrix(int rows, int columns, int stride, MemorySegment segment) {
    this.rows = rows;
    this.columns = columns;
    this.stride = stride;
    this.segment = segment;
  }

  /** A matrix of zeros that lives as long as the arena. */
  public static FloatMatrix allocate(Arena arena, int rows, int columns) {
    int stride = padded(columns);
    long bytes = (long) rows * stride * Float.BYTES;
    return new FloatMatrix(
        rows, columns, stride, arena.allocate(bytes, ALIGNMENT * (long) Float.BYTES));
  }

  /** The smallest multiple of the alignment that holds {@code columns} floats. */
  public static int padded(int columns) {
    return (columns + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }

  public int rows() {
    return rows;
  }

  public int columns() {
    return columns;
  }

  /**
   * Some of the rows, of the same memory: {@code first}, {@code first + step} and so on.
   *
   * <p>A matrix of {@code tokens · heads} rows so shows one head's rows of all tokens.
   */
  public FloatMatrix everyNth(int first, int step) {
    int count = first < rows ? (rows - first + step - 1) / step : 0;
    return new FloatMatrix(
        count, columns, Math.multiplyExact(stride, step), segment.asSlice(offset(first)));
  }

  /** Consecutive rows, of the same memory. */
  public FloatMatrix slice(int first, int count) {
    return new FloatMatrix(
        count,
        columns,
        stride,
        segment.asSlice(offset(first), (long) count * stride * Float.BYTES));
  }

  /** Floats from one row's start to the next one's. */
  public int stride() {
    return stride;
  }

  public MemorySegment segment() {
    return segment;
  }

  /** Bytes of one row with its padding. */
  public int rowBytes() {
    return padded(columns) * Float.BYTES;
  }

  /** Bytes from the first row's start to the end of row {@code count - 1} with its padding. */
  public long extent(int count) {
    return count == 0 ? 0 : offset(count - 1) + rowBytes();
  }

  /** Where a row starts in the segment, in bytes. */
  public long offset(int row) {
    return (long) row * stride * Float.BYTES;
  }

  public float get(int row, int column) {
    return segment.get(ValueLayout.JAVA_FLOAT, offset(row) + (long) column * Float.BYTES);
  }

  public void set(int row, int column, float value) {
    segment.set(ValueLayout.JAVA_FLOAT, offset(row) + (long) column * Float.BYTES, value);
  }

  /** Copies a row to the heap. */
  public float[] row(int row) {
    return segment
        .asSlice(offset(row), (long) columns * Float.BYTES)
        .toArray(ValueLayout.JAVA_FLOAT);
  }

  /** Fills a row with zeros. */
  public void clearRow(int row) {
    segment.asSlice(offset(row), rowBytes()).fill((byte) 0);
  }

  /** Fills the first columns of a row. */
  public void setRow(int row, float[] values) {
    MemorySegment.copy(
        values, 0, segment, ValueLayout.JAVA_FLOAT, offset(row), Math.min(values.length, columns));
  }
}
