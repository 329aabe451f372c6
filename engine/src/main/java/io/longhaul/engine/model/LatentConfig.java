package io.longhaul.engine.model;

import static io.longhaul.engine.model.ExpertsConfig.check;

import io.longhaul.engine.ModelException;
import java.util.List;
import java.util.Optional;

/**
 * The hyper-parameters of decoders with multi-head latent attention.
 *
 * @param qLoraRank width of the queries' latent; 0 where queries are projected at once
 * @param kvLoraRank width of the latent that keys and values are made of
 * @param nopeHeadDim dimensions of a head that are not rotated
 * @param ropeHeadDim dimensions of a head that are rotated
 * @param vHeadDim dimensions of a head's values
 * @param rmsNormEps of the norms of the residual stream
 * @param latentNormEps of the norms of the two latents
 * @param scoreScale of attention's scores
 * @param sparse of each layer whether it has experts
 * @param experts there if a layer has some
 * @param indexer there if attention is sparse
 * @param mtpLayers layers for multi-token prediction that follow the others
 */
record LatentConfig(
    String architecture,
    int vocabSize,
    int contextLength,
    int hiddenSize,
    int layers,
    int heads,
    int qLoraRank,
    int kvLoraRank,
    int nopeHeadDim,
    int ropeHeadDim,
    int vHeadDim,
    int intermediateSize,
    float rmsNormEps,
    float latentNormEps,
    float scoreScale,
    RopeConfig rope,
    List<Boolean> sparse,
    Optional<ExpertsConfig> experts,
    Optional<Indexer> indexer,
    int mtpLayers) {

  /**
   * The lightning indexer's.
   *
   * @param topK positions that a token attends to at most
   * @param full of each layer whether it has an indexer of its own; the others share the choice of
   *     the last one that has
   */
  record Indexer(
      int heads, int headDim, int topK, float layerNormEps, RopeConfig rope, List<Boolean> full) {}

  private static final int LARGEST = 1 << 24;

  /** Elements of a cached row: the latent and the rotated key. */
  int rowWidth() {
    return kvLoraRank + ropeHeadDim;
  }

  LatentConfig checked(String source) {
    check(source, "vocabulary size", vocabSize, 1, LARGEST);
    check(source, "context length", contextLength, 1, LARGEST);
    check(source, "hidden size", hiddenSize, 1, LARGEST);
    check(source, "number of layers", layers, 1, 1 << 16);
    check(source, "number of heads", heads, 1, 1 << 16);
    check(source, "rank of the queries' latent", qLoraRank, 0, LARGEST);
    check(source, "rank of the keys' and values' latent", kvLoraRank, 1, 1 << 16);
    check(source, "unrotated head dimension", nopeHeadDim, 1, 1 << 14);
    check(source, "rotated head dimension", ropeHeadDim, 2, 1 << 14);
    check(source, "value head dimension", vHeadDim, 1, 1 << 14);
    check(source, "intermediate size", intermediateSize, 1, LARGEST);
    check(source, "number of layers for multi-token prediction", mtpLayers, 0, 8);
    if (ropeHeadDim % 2 != 0 || rope.dimensions() != ropeHeadDim) {
      throw new ModelException(
          source + ": " + rope.dimensions() + " rotated dimensions in a part of " + ropeHeadDim);
    }
    if (sparse.size() != layers) {
      throw new ModelException(
          source + ": " + sparse.size() + " layers are dense or sparse, but there are " + layers);
    }
    indexer.ifPresent(
        ix -> {
          check(source, "number of index heads", ix.heads, 1, 1 << 14);
          check(source, "index head dimension", ix.headDim, ropeHeadDim, 1 << 14);
          check(source, "number of selected positions", ix.topK, 1, 1 << 20);
          if (ix.full.size() != layers + mtpLayers || !ix.full.getFirst()) {
            throw new ModelException(
                source
                    + ": indexer types are "
                    + ix.full
                    + " (true is full); there must be one for each of "
                    + layers
                    + " layers, and the first must be full");
          }
          if (qLoraRank == 0) {
            throw new ModelException(
                source + ": an indexer needs a latent of the queries, but its rank is 0");
          }
        });
    experts.ifPresent(config -> config.checked(source));
    return this;
  }
}
