package io.longhaul.engine.kernel;

import io.longhaul.engine.tensor.FloatMatrix;

/**
 * The lightning indexer's scores (DeepSeek-V3.2, 2025): {@code out[p] = Σ_h w[h] · relu(q[h] ·
 * k[p])}.
 *
 * @param queries {@code tokens × (heads · headDim)}
 * @param weights {@code tokens × heads}, with all scales in them; may be negative
 * @param keys one for each position, in columns
 * @param out one row with a float for each position of all pages
 */
public record IndexScores(
    FloatMatrix queries, FloatMatrix weights, PlanePages keys, FloatMatrix out) {
  public int heads() {
    return weights.columns();
  }

  public int headDim() {
    return keys.columns();
  }
}
