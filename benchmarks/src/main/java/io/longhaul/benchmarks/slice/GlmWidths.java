package io.longhaul.benchmarks.slice;

/**
 * The widths of a model of the architecture {@code glm-dsa}: latent attention, an indexer, experts.
 *
 * @param nope columns of a head's query and key that are not rotated
 * @param rope those that are
 * @param value columns of a head's value
 * @param intermediate the width of dense layers
 * @param expertsUsed experts per token
 * @param expertIntermediate the width of an expert
 */
record GlmWidths(
    int hidden,
    int heads,
    int qLoraRank,
    int kvLoraRank,
    int nope,
    int rope,
    int value,
    int indexerHeads,
    int indexerHeadDim,
    int indexTopK,
    int intermediate,
    int expertIntermediate,
    int expertsUsed,
    int contextLength) {
  /** GLM-5.2, by its published configuration. */
  static final GlmWidths GLM_5_2 =
      new GlmWidths(6144, 64, 2048, 512, 192, 64, 256, 32, 128, 2048, 12288, 2048, 8, 1_048_576);

  /** Layers of GLM-5.2. */
  static final int MAX_LAYERS = 78;

  /** Experts of a layer of GLM-5.2. */
  static final int MAX_EXPERTS = 256;

  GlmWidths withIntermediate(int width) {
    return new GlmWidths(
        hidden,
        heads,
        qLoraRank,
        kvLoraRank,
        nope,
        rope,
        value,
        indexerHeads,
        indexerHeadDim,
        indexTopK,
        width,
        expertIntermediate,
        expertsUsed,
        contextLength);
  }
}
