package io.longhaul.engine.model;

import io.longhaul.engine.kernel.Compute;
import io.longhaul.engine.tensor.FloatMatrix;

/** The second block of a layer: one gated block for all tokens, or a mixture of experts. */
sealed interface FeedForward permits GatedMlp, MixtureOfExperts {
  /** Where a mixture's choices are reported. */
  @FunctionalInterface
  interface RoutingListener {
    void routed(int token, int[] experts, float[] weights);
  }

  /** For blocks that make no choices. */
  RoutingListener UNHEARD = (token, experts, weights) -> {};

  /** {@code out[t] = block(x[t])} for the first {@code tokens} tokens. */
  void forward(
      Compute compute,
      FloatMatrix x,
      int tokens,
      FeedForwardBuffers buffers,
      RoutingListener listener,
      FloatMatrix out);
}
