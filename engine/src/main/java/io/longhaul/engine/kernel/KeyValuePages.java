package io.longhaul.engine.kernel;

import io.longhaul.engine.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * The cached keys and values of one layer, in pages of a fixed number of positions.
 *
 * <p>In a page each head's rows lie together: {@code [kvHeads][pageSize][headDim]}, keys first,
 * then values.
 *
 * @param pages page {@code i} holds the positions {@code i · pageSize} and on; shared by all layers
 * @param layerOffset where this layer's keys start in each page, in bytes
 * @param type of the elements, F32 or F16
 */
public record KeyValuePages(
    List<MemorySegment> pages,
    long layerOffset,
    int pageSize,
    int kvHeads,
    int headDim,
    TensorType type) {
  /** Bytes of one position of one head. */
  public long rowBytes() {
    return type.bytes(headDim);
  }

  public MemorySegment page(int position) {
    return pages.get(position / pageSize);
  }

  /** Where the key of a position lies in its page. */
  public long keyOffset(int kvHead, int position) {
    return layerOffset + ((long) kvHead * pageSize + position % pageSize) * rowBytes();
  }

  /** Where the value of a position lies in its page. */
  public long valueOffset(int kvHead, int position) {
    return keyOffset(kvHead, position) + (long) kvHeads * pageSize * rowBytes();
  }
}
