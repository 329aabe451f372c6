package io.longhaul.engine.model;

/**
 * The parameters of rotary position embeddings.
 *
 * @param theta the base
 * @param dimensions of a head that are rotated, the first ones
 * @param pairing which two dimensions turn together
 */
public record RopeConfig(float theta, int dimensions, Pairing pairing, RopeScaling scaling) {
  /** Which two dimensions turn together. */
  public enum Pairing {
    /** (0, 1), (2, 3), …: the paper's; GGUF files of the Llama family. */
    INTERLEAVED,
    /** (0, d/2), (1, d/2 + 1), …: GPT-NeoX's; most Hugging Face checkpoints. */
    HALF_SPLIT
  }

  RopeConfig with(Pairing other) {
    return new RopeConfig(theta, dimensions, other, scaling);
  }

  RopeConfig with(RopeScaling other) {
    return new RopeConfig(theta, dimensions, pairing, other);
  }
}
