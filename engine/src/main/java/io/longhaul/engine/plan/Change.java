package io.longhaul.engine.plan;

import io.longhaul.engine.tensor.TensorType;

/** One thing that makes a model fit which does not. */
public sealed interface Change {
  /** The largest quantization that fits. */
  record Quantize(Plan.Choice choice) implements Change {}

  /** Not even the smallest quantization fits. */
  record NoneFits(Plan.Choice smallest) implements Change {}

  /** The longest context that fits. */
  record ShortenContext(long tokens) implements Change {}

  /**
   * A narrower type of cache.
   *
   * @param saved bytes
   */
  record NarrowCache(TensorType type, long saved, boolean fits) implements Change {}

  /**
   * More memory.
   *
   * @param missing bytes
   */
  record AddMemory(long missing) implements Change {}
}
