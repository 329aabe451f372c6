package io.longhaul.engine.kernel;

import io.longhaul.engine.tensor.FloatMatrix;

/**
 * One layer's causal attention over cached keys and values: {@code out = softmax(scale · q Kᵀ) V}.
 *
 * @param queries {@code tokens × (heads · headDim)}
 * @param firstPosition the position of row 0; row t attends to positions up to firstPosition + t
 * @param cached keys and values, this call's own included
 * @param heads query heads; each group of {@code heads / kvHeads} shares a key-value head (Ainslie
 *     et al. 2023)
 * @param scale of the scores, usually 1 / sqrt(headDim)
 * @param window how many positions back a token sees, itself included; {@link #NO_WINDOW} for all
 * @param out {@code tokens × (heads · headDim)}
 */
public record Attention(
    FloatMatrix queries,
    int firstPosition,
    KeyValuePages cached,
    int heads,
    float scale,
    int window,
    FloatMatrix out) {
  public static final int NO_WINDOW = Integer.MAX_VALUE;

  public int headDim() {
    return cached.headDim();
  }

  /** Query heads that share one key-value head. */
  public int group() {
    return heads / cached.kvHeads();
  }

  /** The first position that the token of a row sees. */
  public int start(int row) {
    return Math.max(0, end(row) - window);
  }

  /** One past the last position that the token of a row sees: its own. */
  public int end(int row) {
    return firstPosition + row + 1;
  }
}
