package io.longhaul.engine;

/** How precise activations are where they meet quantized weights. */
public enum ActivationPrecision {
  /** {@link #F32} with the scalar kernels, which are the reference; {@link #Q8} else. */
  AUTO,
  /** 32-bit floats. */
  F32,
  /**
   * Eight bits, in blocks with a scale each, as llama.cpp has them: text then is the same as
   * llama.cpp's but for near ties.
   */
  Q8
}
