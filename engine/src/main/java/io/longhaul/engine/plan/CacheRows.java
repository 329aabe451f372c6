package io.longhaul.engine.plan;

import io.longhaul.engine.tensor.TensorType;
import java.util.List;

/**
 * What a model keeps of every token it has seen, and what it reads of that for the next, from its
 * configuration alone. The loader's {@link io.longhaul.engine.cache.CacheLayout} takes the same.
 *
 * @param planes of all layers
 */
public record CacheRows(List<Plane> planes) {
  /** What a row of a plane holds. */
  public enum Content {
    /** Keys and values of grouped-query attention: {@code 2 · kvHeads · headDim}. */
    KEYS_AND_VALUES,
    /** The latent of multi-head latent attention and its rotated key: {@code kvLoraRank + rope}. */
    LATENT,
    /** The keys of a lightning indexer: {@code indexHeadDim}. */
    INDEXER_KEYS
  }

  /**
   * The rows of one kind in one layer, one row a token.
   *
   * @param mostRowsRead rows that one token's attention reads at most: the window, the number of
   *     selected positions, or {@link Long#MAX_VALUE} for all
   */
  public record Plane(
      int layer, Content content, long rowElements, TensorType type, long mostRowsRead) {
    /** A plane of which every token reads all rows. */
    public Plane(int layer, Content content, long rowElements, TensorType type) {
      this(layer, content, rowElements, type, Long.MAX_VALUE);
    }

    private Plane withType(TensorType other) {
      boolean scanned = content == Content.INDEXER_KEYS && other != TensorType.F32;
      return new Plane(layer, content, rowElements, scanned ? TensorType.F16 : other, mostRowsRead);
    }

    long rowBytes() {
      long blocks = Math.ceilDiv(rowElements, (long) type.blockSize());
      return Math.multiplyExact(blocks, (long) type.bytesPerBlock());
    }
  }

  public CacheRows {
    planes = List.copyOf(planes);
  }

  /** The same rows in another type; the indexers' keys are in F16 unless all is in F32. */
  public CacheRows withType(TensorType type) {
    return new CacheRows(planes.stream().map(plane -> plane.withType(type)).toList());
  }

  /** Bytes of one token in all planes. */
  public long bytesPerToken() {
    return planes.stream().mapToLong(Plane::rowBytes).reduce(0, Math::addExact);
  }

  /** Bytes of one token in the planes that hold {@code content}. */
  public long bytesPerToken(Content content) {
    return planes.stream()
        .filter(plane -> plane.content == content)
        .mapToLong(Plane::rowBytes)
        .reduce(0, Math::addExact);
  }

  /** Bytes of {@code tokens} tokens. */
  public long bytes(long tokens) {
    return Math.multiplyExact(bytesPerToken(), tokens);
  }

  /** Bytes that the pass of one token reads when {@code depth} tokens came before it. */
  public long bytesRead(long depth) {
    return planes.stream()
        .mapToLong(
            plane -> Math.multiplyExact(plane.rowBytes(), Math.min(depth, plane.mostRowsRead)))
        .reduce(0, Math::addExact);
  }
}
