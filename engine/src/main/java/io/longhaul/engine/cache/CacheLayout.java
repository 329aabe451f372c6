package io.longhaul.engine.cache;

import io.longhaul.engine.ModelException;
import io.longhaul.engine.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * What one position takes in a cache: planes, which lie one after the other in every page. The plan
 * of a model's memory and the cache itself use this same arithmetic.
 */
public final class CacheLayout {
  /** Positions of a page. */
  public static final int PAGE_SIZE = 128;

  /** How a plane's elements lie in a page. */
  public enum Order {
    /** {@code [rows][PAGE_SIZE][columns]}: a position's row is one piece, for gathering. */
    ROWS,
    /**
     * {@code [columns][PAGE_SIZE]}: a column of consecutive positions is one piece, for scans over
     * all positions.
     */
    COLUMNS
  }

  /**
   * One kind of data that every position has.
   *
   * @param rows of a position, such as key-value heads
   * @param columns elements of a row
   */
  public record Plane(int rows, int columns, TensorType type, Order order) {
    public Plane {
      boolean known =
          switch (type) {
            case F32, F16, BF16 -> true;
            case Q8_0 -> order == Order.ROWS;
            default -> false;
          };
      if (!known) {
        throw new ModelException("a cache holds F32, F16, BF16 or Q8_0, not " + type);
      }
      if (columns % type.blockSize() != 0) {
        throw new ModelException(
            "a cache in "
                + type
                + " needs rows of a multiple of "
                + type.blockSize()
                + " elements, this model's have "
                + columns
                + "; choose F16 or BF16");
      }
    }

    /** Rows to gather. */
    public static Plane rows(int rows, int columns, TensorType type) {
      return new Plane(rows, columns, type, Order.ROWS);
    }

    /**
     * Columns to scan. An indexer ranks positions by them, and a rounding turns the ranks, so they
     * are in F16 where rows are in BF16, which has fewer bits of mantissa and is no smaller, or in
     * 8 bits.
     */
    public static Plane columns(int columns, TensorType type) {
      TensorType scanned = type == TensorType.F32 ? TensorType.F32 : TensorType.F16;
      return new Plane(1, columns, scanned, Order.COLUMNS);
    }

    /** Bytes of one position. */
    public long bytesPerToken() {
      return rows * type.bytes(columns);
    }

    long pageBytes() {
      return bytesPerToken() * PAGE_SIZE;
    }
  }

  private final List<Plane> planes;
  private final long[] offsets;

  /** The planes in the order in which they lie. */
  public CacheLayout(List<Plane> planes) {
    this.planes = List.copyOf(planes);
    offsets = new long[planes.size()];
    for (int i = 1; i < offsets.length; i++) {
      offsets[i] = offsets[i - 1] + planes.get(i - 1).pageBytes();
    }
  }

  public List<Plane> planes() {
    return planes;
  }

  /** Keys in plane 2 · layer, values in the next one. */
  public static CacheLayout groupedQuery(int layers, int kvHeads, int headDim, TensorType type) {
    List<Plane> planes = new ArrayList<>();
    for (int i = 0; i < 2 * layers; i++) {
      planes.add(Plane.rows(kvHeads, headDim, type));
    }
    return new CacheLayout(planes);
  }

  /** Bytes of one position in all planes. */
  public long bytesPerToken() {
    return planes.stream().mapToLong(Plane::bytesPerToken).sum();
  }

  /** Bytes that a text of so many tokens takes: whole pages. */
  public long bytes(long tokens) {
    return pages(tokens) * pageBytes();
  }

  /** Pages that so many tokens take. */
  long pages(long tokens) {
    return Math.ceilDiv(tokens, (long) PAGE_SIZE);
  }

  long pageBytes() {
    return bytesPerToken() * PAGE_SIZE;
  }

  /** Zeroes what a page holds of the slots from {@code firstSlot} on. */
  void clear(MemorySegment page, int firstSlot) {
    for (int i = 0; i < planes.size(); i++) {
      Plane plane = planes.get(i);
      // Pieces of a page's slots that lie together, and what one slot takes in each.
      boolean rows = plane.order() == Order.ROWS;
      int pieces = rows ? plane.rows() : plane.columns();
      long bytes = rows ? plane.type().bytes(plane.columns()) : plane.type().bytes(1);
      for (int piece = 0; piece < pieces; piece++) {
        long start = offset(i) + ((long) piece * PAGE_SIZE + firstSlot) * bytes;
        page.asSlice(start, (PAGE_SIZE - firstSlot) * bytes).fill((byte) 0);
      }
    }
  }

  /** Where a plane starts in each page, in bytes. */
  long offset(int plane) {
    return offsets[plane];
  }
}
