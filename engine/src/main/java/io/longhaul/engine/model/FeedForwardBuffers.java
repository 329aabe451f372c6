package io.longhaul.engine.model;

import java.lang.foreign.Arena;
import java.util.Optional;

/**
 * Work buffers of the feed-forward blocks of all layers.
 *
 * @param dense of the layers without experts
 * @param shared of the expert that all tokens pass, if there is one
 * @param experts of the routed experts, if there are some
 */
record FeedForwardBuffers(
    GatedMlp.Buffers dense,
    Optional<GatedMlp.Buffers> shared,
    Optional<MixtureOfExperts.Buffers> experts) {
  static FeedForwardBuffers allocate(
      Arena arena, int tokens, int hidden, int intermediate, Optional<ExpertsConfig> experts) {
    return new FeedForwardBuffers(
        GatedMlp.Buffers.allocate(arena, tokens, intermediate),
        experts
            .map(ExpertsConfig::sharedIntermediateSize)
            .filter(size -> size > 0)
            .map(size -> GatedMlp.Buffers.allocate(arena, tokens, size)),
        experts.map(config -> MixtureOfExperts.Buffers.allocate(arena, tokens, hidden, config)));
  }
}
