package io.longhaul.engine.kernel;

import io.longhaul.engine.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * One plane of a cache, with one row (or one column) of elements for each position, in pages of a
 * fixed number of positions.
 *
 * @param pages page {@code i} holds the positions {@code i · pageSize} and on; shared by all planes
 * @param offset where the plane starts in each page, in bytes
 * @param columns elements of a position
 */
public record PlanePages(
    List<MemorySegment> pages, long offset, int pageSize, int columns, TensorType type) {
  public MemorySegment page(int position) {
    return pages.get(position / pageSize);
  }

  /** Where the row of a position lies in its page, in a plane of rows. */
  public long rowOffset(int position) {
    return offset + position % pageSize * rowBytes();
  }

  /** Bytes of one position's row. */
  public long rowBytes() {
    return type.bytes(columns);
  }

  /** Where a column of a page's positions lies, in a plane of columns. */
  public long columnOffset(int column) {
    return offset + column * type.bytes(pageSize);
  }
}
