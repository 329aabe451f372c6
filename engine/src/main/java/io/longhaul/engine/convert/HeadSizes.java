package io.longhaul.engine.convert;

import io.longhaul.engine.model.HfConfig;

/** The width of attention heads. */
final class HeadSizes {
  private HeadSizes() {}

  static int headDim(HfConfig config) {
    int heads = config.requireInteger("num_attention_heads");
    return config
        .integer("head_dim")
        .orElseGet(() -> heads > 0 ? config.requireInteger("hidden_size") / heads : 0);
  }
}
