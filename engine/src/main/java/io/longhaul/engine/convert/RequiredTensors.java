package io.longhaul.engine.convert;

import io.longhaul.engine.ModelException;
import io.longhaul.engine.model.HfConfig;
import io.longhaul.engine.model.IndexerLayers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** The tensors without which a GGUF file of an architecture cannot be loaded. */
final class RequiredTensors {
  private static final List<String> GROUPED = List.of("attn_q", "attn_k", "attn_v");
  private static final List<String> LATENT =
      List.of("attn_kv_a_mqa", "attn_kv_a_norm", "attn_k_b", "attn_v_b");
  private static final List<String> LOW_RANK_QUERIES =
      List.of("attn_q_a", "attn_q_a_norm", "attn_q_b");
  private static final List<String> INDEXER =
      List.of("indexer.attn_q_b", "indexer.attn_k", "indexer.k_norm", "indexer.proj");
  private static final List<String> DENSE = List.of("ffn_gate", "ffn_up", "ffn_down");
  private static final List<String> MIXTURE =
      List.of("ffn_gate_inp", "ffn_gate_exps", "ffn_up_exps", "ffn_down_exps");
  private static final List<String> SHARED =
      List.of("ffn_gate_shexp", "ffn_up_shexp", "ffn_down_shexp");

  private RequiredTensors() {}

  /**
   * Checks that none is missing.
   *
   * @param names of the file to be
   */
  static void check(Path folder, HfConfig config, Family family, Set<String> names) {
    List<String> required = new ArrayList<>(List.of("token_embd.weight", "output_norm.weight"));
    int layers = config.requireInteger("num_hidden_layers");
    List<Boolean> indexers = IndexerLayers.full(config, layers);
    for (int i = 0; i < layers; i++) {
      for (String part : layer(config, family, i, i < indexers.size() && indexers.get(i))) {
        required.add("blk." + i + "." + part + ".weight");
      }
    }
    for (String name : required) {
      if (!names.contains(name)) {
        throw new ModelException(
            "%s: nothing in the checkpoint makes %s, which a GGUF file of architecture %s needs"
                .formatted(folder, name, family.gguf()));
      }
    }
  }

  private static List<String> layer(HfConfig config, Family family, int layer, boolean ownIndexer) {
    List<String> parts = new ArrayList<>(List.of("attn_norm", "attn_output"));
    parts.add(family == Family.GLM4_MOE ? "post_attention_norm" : "ffn_norm");
    if (family.latent()) {
      parts.addAll(LATENT);
      parts.addAll(config.has("q_lora_rank") ? LOW_RANK_QUERIES : List.of("attn_q"));
    } else {
      parts.addAll(GROUPED);
    }
    switch (family) {
      case QWEN3, QWEN3_MOE -> parts.addAll(List.of("attn_q_norm", "attn_k_norm"));
      case GEMMA3 ->
          parts.addAll(
              List.of("attn_q_norm", "attn_k_norm", "post_attention_norm", "post_ffw_norm"));
      default -> {}
    }
    if (family.indexer() && ownIndexer) {
      parts.addAll(INDEXER);
    }
    boolean mixture = family.experts() && layer >= family.leadingDense(config);
    parts.addAll(mixture ? MIXTURE : DENSE);
    if (mixture && config.integer("n_shared_experts", 0) > 0) {
      parts.addAll(SHARED);
    }
    return parts;
  }
}
