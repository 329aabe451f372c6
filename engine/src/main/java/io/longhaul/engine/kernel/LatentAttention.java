package io.longhaul.engine.kernel;

import io.longhaul.engine.tensor.FloatMatrix;

/**
 * Multi-head latent attention with absorbed projections (DeepSeek-V2, 2024, section 2.1): all heads
 * share one cached row a position, whose first part, the latent, is the value too: {@code out[h] =
 * Σ_p softmax(scale · q[h] · row[p]) · latent[p]} over the selected positions p.
 *
 * @param queries {@code tokens · heads × rowWidth}: token t's head h is row t · heads + h
 * @param cached rows of latent and rotated key
 * @param selection the positions of each token
 * @param scale of the scores
 * @param out {@code tokens · heads × kvLoraRank}
 */
public record LatentAttention(
    FloatMatrix queries,
    PlanePages cached,
    Selection selection,
    int heads,
    float scale,
    FloatMatrix out) {
  /** Elements of a cached row that are the latent. */
  public int kvLoraRank() {
    return out.columns();
  }
}
