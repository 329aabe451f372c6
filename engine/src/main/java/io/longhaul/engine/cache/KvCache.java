package io.longhaul.engine.cache;

import io.longhaul.engine.kernel.KeyValuePages;
import io.longhaul.engine.tensor.FloatMatrix;
import io.longhaul.engine.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * Keys and values of every layer for the tokens seen so far, in pages of {@value #PAGE_SIZE}
 * positions that are taken as the text grows and shared, not copied, by forks.
 */
public final class KvCache implements AutoCloseable {
  public static final int PAGE_SIZE = 128;

  /**
   * What one token takes.
   *
   * @param type F32, or F16 for half the memory
   */
  public record Shape(int layers, int kvHeads, int headDim, TensorType type) {
    public Shape {
      if (type != TensorType.F32 && type != TensorType.F16) {
        throw new IllegalArgumentException("a cache holds F32 or F16, not " + type);
      }
    }

    /** Bytes of keys and values of one position. */
    public long bytesPerToken() {
      return layers * layerBytes() / PAGE_SIZE;
    }

    private long layerBytes() {
      return 2L * kvHeads * PAGE_SIZE * type.bytes(headDim);
    }

    private long pageBytes() {
      return layers * layerBytes();
    }
  }

  private final Shape shape;
  private final List<SharedPage> pages = new ArrayList<>();
  private final List<MemorySegment> segments = new ArrayList<>();
  private int length;

  public KvCache(Shape shape) {
    this.shape = shape;
  }

  public Shape shape() {
    return shape;
  }

  /** Tokens whose keys and values are complete. */
  public int length() {
    return length;
  }

  /** Makes room for {@code tokens} more tokens that are about to be written. */
  public void reserve(int tokens) {
    int needed = (length + tokens + PAGE_SIZE - 1) / PAGE_SIZE;
    for (int i = length / PAGE_SIZE; i < Math.min(needed, pages.size()); i++) {
      if (pages.get(i).isShared()) {
        replace(i, pages.get(i).copy());
      }
    }
    while (pages.size() < needed) {
      SharedPage page = SharedPage.allocate(shape.pageBytes());
      pages.add(page);
      segments.add(page.segment());
    }
  }

  /** The tokens that were reserved and written in all layers are part of the cache now. */
  public void advance(int tokens) {
    length += tokens;
  }

  /** Forgets all but the first {@code tokens} tokens. */
  public void truncate(int tokens) {
    if (tokens < 0 || tokens > length) {
      throw new IllegalArgumentException("cannot keep " + tokens + " of " + length + " tokens");
    }
    length = tokens;
    int needed = (length + PAGE_SIZE - 1) / PAGE_SIZE;
    while (pages.size() > needed) {
      segments.removeLast();
      pages.removeLast().release();
    }
  }

  /** A cache with the same tokens. It shares this one's pages until either writes to one. */
  public KvCache fork() {
    KvCache fork = new KvCache(shape);
    for (SharedPage page : pages) {
      fork.pages.add(page.share());
      fork.segments.add(page.segment());
    }
    fork.length = length;
    return fork;
  }

  /** One layer's view, which attention reads. */
  public KeyValuePages layer(int layer) {
    return new KeyValuePages(
        segments, layer * shape.layerBytes(), PAGE_SIZE, shape.kvHeads, shape.headDim, shape.type);
  }

  /** Writes one position's keys and values ({@code [kvHeads · headDim]} each) of one layer. */
  public void write(int layer, int position, FloatMatrix keys, FloatMatrix values, int row) {
    KeyValuePages view = layer(layer);
    MemorySegment page = view.page(position);
    for (int head = 0; head < shape.kvHeads; head++) {
      long from = keys.offset(row) + (long) head * shape.headDim * Float.BYTES;
      store(keys.segment(), from, page, view.keyOffset(head, position));
      store(values.segment(), from, page, view.valueOffset(head, position));
    }
  }

  private void store(MemorySegment floats, long from, MemorySegment page, long to) {
    if (shape.type == TensorType.F32) {
      MemorySegment.copy(floats, from, page, to, (long) shape.headDim * Float.BYTES);
      return;
    }
    for (long i = 0; i < shape.headDim; i++) {
      float value = floats.get(ValueLayout.JAVA_FLOAT, from + i * Float.BYTES);
      page.set(ValueLayout.JAVA_SHORT, to + i * Short.BYTES, Float.floatToFloat16(value));
    }
  }

  private void replace(int i, SharedPage page) {
    pages.set(i, page).release();
    segments.set(i, page.segment());
  }

  /** Gives the memory back, but for pages that a fork still holds. */
  @Override
  public void close() {
    pages.forEach(SharedPage::release);
    pages.clear();
    segments.clear();
    length = 0;
  }
}
