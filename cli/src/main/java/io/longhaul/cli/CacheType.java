package io.longhaul.cli;

import io.longhaul.engine.tensor.TensorType;

/** The types of cached keys and values, or latents, as the command line spells them. */
enum CacheType {
  F16(TensorType.F16),
  BF16(TensorType.BF16),
  F32(TensorType.F32),
  Q8_0(TensorType.Q8_0);

  private final TensorType type;

  CacheType(TensorType type) {
    this.type = type;
  }

  TensorType type() {
    return type;
  }
}
