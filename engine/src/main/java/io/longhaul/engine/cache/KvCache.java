package io.longhaul.engine.cache;

import io.longhaul.engine.cache.CacheLayout.Plane;
import io.longhaul.engine.kernel.KeyValuePages;
import io.longhaul.engine.kernel.PlanePages;
import io.longhaul.engine.tensor.FloatMatrix;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * What the layers keep of the tokens seen so far (keys and values, latents, indexer keys), in pages
 * of {@link CacheLayout#PAGE_SIZE} positions that are taken as the text grows and shared, not
 * copied, by forks.
 */
public final class KvCache implements AutoCloseable {
  private static final int PAGE_SIZE = CacheLayout.PAGE_SIZE;

  private final CacheLayout layout;
  private final List<SharedPage> pages = new ArrayList<>();
  private final List<MemorySegment> segments = new ArrayList<>();
  private int length;

  public KvCache(CacheLayout layout) {
    this.layout = layout;
  }

  public CacheLayout layout() {
    return layout;
  }

  /** Tokens whose keys and values are complete. */
  public int length() {
    return length;
  }

  /** Makes room for {@code tokens} more tokens that are about to be written. */
  public void reserve(int tokens) {
    reserve(length, tokens);
  }

  /**
   * Makes room for tokens that are about to be written.
   *
   * @param from the first one's position, at most the length
   */
  public void reserve(int from, int tokens) {
    int needed = (from + tokens + PAGE_SIZE - 1) / PAGE_SIZE;
    for (int i = from / PAGE_SIZE; i < Math.min(needed, pages.size()); i++) {
      if (pages.get(i).isShared()) {
        replace(i, pages.get(i).copy());
      }
    }
    while (pages.size() < needed) {
      addPage();
    }
  }

  /** One more page, to be written. */
  MemorySegment addPage() {
    SharedPage page = SharedPage.allocate(layout.pageBytes());
    pages.add(page);
    segments.add(page.segment());
    return page.segment();
  }

  /** The tokens that were reserved and written in all layers are part of the cache now. */
  public void advance(int tokens) {
    length += tokens;
  }

  /** Forgets all but the first {@code tokens} tokens. */
  public void truncate(int tokens) {
    checkPrefix(tokens);
    length = tokens;
    while (pages.size() > pageCount()) {
      segments.removeLast();
      pages.removeLast().release();
    }
  }

  /** A cache with the same tokens. It shares this one's pages until either writes to one. */
  public KvCache fork() {
    return fork(length);
  }

  /** A cache with the first {@code tokens} tokens, which shares the pages that hold them. */
  public KvCache fork(int tokens) {
    checkPrefix(tokens);
    KvCache fork = new KvCache(layout);
    for (SharedPage page : pages.subList(0, (int) layout.pages(tokens))) {
      fork.pages.add(page.share());
      fork.segments.add(page.segment());
    }
    fork.length = tokens;
    return fork;
  }

  private void checkPrefix(int tokens) {
    if (tokens < 0 || tokens > length) {
      throw new IllegalArgumentException("cannot keep " + tokens + " of " + length + " tokens");
    }
  }

  /** Pages that hold the tokens. */
  int pageCount() {
    return (int) layout.pages(length);
  }

  /** Takes a page's bytes. */
  @FunctionalInterface
  interface PageSink {
    void write(MemorySegment page) throws IOException;
  }

  /** Hands out a page, in which the slots behind the last token are zero. */
  void writePage(int i, PageSink sink) throws IOException {
    int slots = length - i * PAGE_SIZE;
    if (slots >= PAGE_SIZE) {
      sink.write(segments.get(i));
      return;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment copy = arena.allocate(layout.pageBytes());
      copy.copyFrom(segments.get(i));
      layout.clear(copy, slots);
      sink.write(copy);
    }
  }

  /** The keys in {@code plane} and the values in the next one, which attention reads. */
  public KeyValuePages keyValues(int plane) {
    Plane keys = layout.planes().get(plane);
    return new KeyValuePages(
        segments, layout.offset(plane), PAGE_SIZE, keys.rows(), keys.columns(), keys.type());
  }

  /** A plane of rows or of columns, one of each for a position. */
  public PlanePages plane(int plane) {
    Plane shape = layout.planes().get(plane);
    return new PlanePages(segments, layout.offset(plane), PAGE_SIZE, shape.columns(), shape.type());
  }

  /**
   * Writes one position of one plane: the elements that start at {@code column} of a row of floats,
   * all rows of the plane one after the other.
   */
  public void write(int plane, int position, FloatMatrix floats, int row, int column) {
    Plane shape = layout.planes().get(plane);
    MemorySegment page = segments.get(position / PAGE_SIZE);
    long base = layout.offset(plane);
    int slot = position % PAGE_SIZE;
    long from = floats.offset(row) + (long) column * Float.BYTES;
    switch (shape.order()) {
      case ROWS -> {
        long rowBytes = shape.type().bytes(shape.columns());
        for (int r = 0; r < shape.rows(); r++) {
          ElementEncoder.row(
              shape.type(),
              floats.segment(),
              from + (long) r * shape.columns() * Float.BYTES,
              shape.columns(),
              page,
              base + ((long) r * PAGE_SIZE + slot) * rowBytes);
        }
      }
      case COLUMNS -> {
        long bytes = shape.type().bytes(1);
        ElementEncoder.column(
            shape.type(),
            floats.segment(),
            from,
            shape.columns(),
            page,
            base + slot * bytes,
            PAGE_SIZE * bytes);
      }
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
