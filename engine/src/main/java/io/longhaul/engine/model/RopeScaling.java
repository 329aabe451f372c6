package io.longhaul.engine.model;

/** How rotary embeddings are stretched beyond the context length of training. */
public sealed interface RopeScaling {
  /** The wavelengths of training. */
  record None() implements RopeScaling {}

  /** Position interpolation (Chen et al. 2023): every frequency divided by {@code factor}. */
  record Linear(float factor) implements RopeScaling {}

  /** Llama 3.1: long wavelengths divided by {@code factor}, short ones kept, a ramp between. */
  record Llama3(float factor, float lowFreqFactor, float highFreqFactor, int originalContext)
      implements RopeScaling {}

  /**
   * YaRN (Peng et al. 2023).
   *
   * @param attentionFactor what cosines and sines are multiplied with
   * @param truncate whether the ends of the ramp are whole dimensions
   */
  record Yarn(
      float factor,
      float betaFast,
      float betaSlow,
      int originalContext,
      float attentionFactor,
      boolean truncate)
      implements RopeScaling {
    /** The paper's attention factor, {@code 0.1 ln(factor) + 1}. */
    public static float defaultAttentionFactor(float factor) {
      return factor <= 1 ? 1 : (float) (0.1 * Math.log(factor) + 1);
    }
  }

  /** A divisor for each frequency, as GGUF's {@code rope_freqs.weight} gives them. */
  @SuppressWarnings("ArrayRecordComponent") // read once, by Rope
  record Divisors(float[] values) implements RopeScaling {}
}
