package io.longhaul.engine.model;

import io.longhaul.engine.kernel.Attention;
import io.longhaul.engine.model.Checkpoint.Source;
import io.longhaul.engine.model.GroupedQueryAttention.HeadNorms;
import io.longhaul.engine.model.RopeConfig.Pairing;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntPredicate;

/**
 * GLM-4.5, 4.6 and 4.7 (GLM-4.5 Team 2025): grouped-query attention with biases, half of each head
 * rotated, norms over queries and keys in the larger models; experts as in DeepSeek-V3 after the
 * first layers.
 */
final class Glm4Moe {
  private Glm4Moe() {}

  static Decoder load(Checkpoint file) {
    HfConfig.requireActivation(file, "hidden_act", "silu");
    DecoderConfig config = DecoderConfigs.read(file, Pairing.HALF_SPLIT);
    Checkpoint checkpoint;
    ExpertsConfig experts;
    IntPredicate sparse;
    switch (file.source()) {
      case Source.Gguf(var metadata) -> {
        // GGUF calls the norm before the feed-forward block by what it follows.
        checkpoint = file.withNames(name -> name.replace("ffn_norm", "post_attention_norm"));
        experts = ExpertsConfigs.gguf(metadata, "glm4moe.", config.layers());
        int dense = metadata.integer("glm4moe.leading_dense_block_count").orElse(0);
        sparse = layer -> layer >= dense;
      }
      case Source.HuggingFace(HfConfig hf) -> {
        checkpoint = file.withNames(TensorNames.of(file, TensorNames.GROUPED_QUERY_EXPERTS));
        experts = ExpertsConfigs.huggingFace(hf.withDefaults(DEFAULTS), "n_routed_experts");
        int dense = hf.integer("first_k_dense_replace", 1);
        sparse = layer -> layer >= dense;
      }
    }
    return PreNormDecoder.load(
        checkpoint,
        config,
        layer -> Attention.NO_WINDOW,
        block -> norms(checkpoint, block, config),
        Optional.of(experts),
        sparse);
  }

  /** What transformers takes where a configuration says nothing. */
  private static final Map<String, Object> DEFAULTS = Map.of("n_shared_experts", 1);

  private static Optional<HeadNorms> norms(
      Checkpoint checkpoint, String block, DecoderConfig config) {
    List<String> names = List.of(block + "attn_q_norm.weight", block + "attn_k_norm.weight");
    if (!checkpoint.has(names.getFirst())) {
      return Optional.empty();
    }
    return Optional.of(
        new HeadNorms(
            checkpoint.vector(names.get(0), config.headDim()),
            checkpoint.vector(names.get(1), config.headDim()),
            config.rmsNormEps()));
  }
}
