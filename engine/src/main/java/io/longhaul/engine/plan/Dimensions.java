package io.longhaul.engine.plan;

import io.longhaul.engine.tensor.TensorType;
import java.util.List;
import java.util.Optional;

/**
 * The numbers of a {@code config.json} that the shapes of all tensors follow from.
 *
 * @param draftLayers after the trunk's; they guess tokens ahead (MTP)
 * @param draftEnds whether a draft layer has an embedding and a head of its own
 * @param sandwichNorms whether the outputs of a layer's two blocks are normed too (Gemma 3)
 * @param type of matrices as published
 * @param fp8 whether the layers' matrices are FP8 with scales
 */
record Dimensions(
    String source,
    String architecture,
    long vocab,
    long context,
    long hidden,
    int layers,
    int draftLayers,
    boolean draftEnds,
    boolean tied,
    boolean sandwichNorms,
    Attention attention,
    long intermediate,
    boolean mlpBias,
    Optional<Experts> experts,
    TensorType type,
    boolean fp8) {

  sealed interface Attention permits GroupedQuery, Latent {
    int heads();
  }

  /**
   * @param windows of each layer, 0 where attention sees everything
   */
  record GroupedQuery(
      int heads,
      long kvHeads,
      long headDim,
      boolean inputBias,
      boolean outputBias,
      boolean headNorms,
      List<Long> windows)
      implements Attention {}

  /**
   * @param qLoraRank 0 where queries come straight from the hidden state
   */
  record Latent(
      int heads,
      long qLoraRank,
      long kvLoraRank,
      long nope,
      long rope,
      long valueDim,
      boolean bias,
      Optional<Indexer> indexer)
      implements Attention {}

  /**
   * @param full which layers choose positions; the others use the choice of the last that did
   */
  record Indexer(long heads, long headDim, long topK, List<Boolean> full) {}

  /**
   * @param shared experts that every token passes
   * @param sparse which layers have experts; the others are dense
   * @param choiceBias whether a bias takes part in the choice
   */
  record Experts(
      long total,
      long perToken,
      long shared,
      long intermediate,
      boolean choiceBias,
      List<Boolean> sparse) {}

  int allLayers() {
    return layers + draftLayers;
  }

  boolean isDraft(int layer) {
    return layer >= layers;
  }

  /** Draft layers are as the last ones of the trunk: with experts. */
  boolean isSparse(int layer) {
    return experts.isPresent() && (isDraft(layer) || experts.get().sparse.get(layer));
  }
}
