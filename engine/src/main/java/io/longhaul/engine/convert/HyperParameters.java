package io.longhaul.engine.convert;

import io.longhaul.engine.file.GgufType;
import io.longhaul.engine.file.GgufWriter;
import io.longhaul.engine.model.HfConfig;
import io.longhaul.engine.model.IndexerLayers;
import java.util.Optional;

/** Writes the fields that describe the layers, {@code ARCHITECTURE.*}, from config.json. */
final class HyperParameters {
  /** llama.cpp's numbers for how a router's outputs become weights. */
  private static final int SOFTMAX = 1;

  private static final int SIGMOID = 2;

  private final HfConfig config;
  private final Family family;
  private final GgufWriter out;
  private final RopeParameters rope;

  private HyperParameters(HfConfig config, Family family, GgufWriter out) {
    this.config = config;
    this.family = family;
    this.out = out;
    this.rope = RopeParameters.of(config);
  }

  static void write(HfConfig config, Family family, GgufWriter out) {
    new HyperParameters(config, family, out).write();
  }

  private void write() {
    // llama.cpp writes it for some architectures, and needs it where there are no tokens to count.
    number("vocab_size", config.requireInteger("vocab_size"));
    number("block_count", family.blocks(config));
    number("context_length", config.requireInteger("max_position_embeddings"));
    number("embedding_length", config.requireInteger("hidden_size"));
    number("feed_forward_length", config.requireInteger("intermediate_size"));
    int heads = config.requireInteger("num_attention_heads");
    number("attention.head_count", heads);
    number(
        "attention.head_count_kv",
        family.latent() ? 1 : config.integer("num_key_value_heads", heads));
    real("attention.layer_norm_rms_epsilon", config.number("rms_norm_eps", 1e-6));
    writeRope();
    if (family.latent()) {
      writeLatent();
    } else {
      int headDim = HeadSizes.headDim(config);
      number("attention.key_length", headDim);
      number("attention.value_length", headDim);
    }
    if (family.experts()) {
      writeExperts();
    }
    if (family.indexer()) {
      writeIndexer();
    }
    switch (family) {
      case LLAMA -> number("rope.dimension_count", HeadSizes.headDim(config));
      case GLM4_MOE ->
          number("rope.dimension_count", (int) (HeadSizes.headDim(config) * rope.share(0.5)));
      case GEMMA3 -> GemmaParameters.write(config, out);
      default -> {}
    }
    boolean counts = family == Family.GLM4_MOE_LITE ? family.predicting(config) > 0 : true;
    if (family.predicts() && counts) {
      config.integer("num_nextn_predict_layers").ifPresent(n -> number("nextn_predict_layers", n));
    }
  }

  private void writeRope() {
    real("rope.freq_base", rope.theta());
    rope.slidingTheta().ifPresent(theta -> real("rope.freq_base_swa", theta));
    HfConfig block = rope.block();
    switch (rope.type()) {
      case "default", "llama3" -> {} // llama3's is a tensor
      case "linear" -> {
        text("rope.scaling.type", "linear");
        real("rope.scaling.factor", factor());
      }
      case "yarn" -> {
        text("rope.scaling.type", "yarn");
        real("rope.scaling.factor", factor());
        number(
            "rope.scaling.original_context_length",
            block
                .integer("original_max_position_embeddings")
                .orElseGet(() -> config.requireInteger("max_position_embeddings")));
        realIf("rope.scaling.yarn_ext_factor", block.number("extrapolation_factor"));
        realIf("rope.scaling.yarn_attn_factor", block.number("attention_factor"));
        realIf("rope.scaling.yarn_beta_fast", block.number("beta_fast"));
        realIf("rope.scaling.yarn_beta_slow", block.number("beta_slow"));
      }
      default ->
          throw config.unsupported(
              "rope_type", "'" + rope.type() + "'", "default, linear, llama3, yarn");
    }
  }

  private double factor() {
    return rope.block()
        .number("factor")
        .orElseThrow(() -> config.unsupported("rope factor", "missing", "a number"));
  }

  private void writeLatent() {
    int rank = config.requireInteger("kv_lora_rank");
    int rotated = config.requireInteger("qk_rope_head_dim");
    int valueDim = config.requireInteger("v_head_dim");
    if (!config.bool("rope_interleave", true)) {
      throw config.unsupported("rope_interleave", false, "true");
    }
    config.integer("q_lora_rank").ifPresent(n -> number("attention.q_lora_rank", n));
    number("attention.kv_lora_rank", rank);
    // As cached: one head of latent row and rotated key.
    number("attention.key_length", rank + rotated);
    number("attention.value_length", rank);
    number("attention.key_length_mla", config.requireInteger("qk_nope_head_dim") + rotated);
    number("attention.value_length_mla", valueDim);
    double share = family == Family.GLM_MOE_DSA ? rope.share(1) : 1;
    number("rope.dimension_count", (int) (rotated * share));
    // llama.cpp divides by ten again.
    rope.block()
        .number("mscale_all_dim")
        .ifPresent(m -> real("rope.scaling.yarn_log_multiplier", 0.1 * m));
  }

  private void writeExperts() {
    number("expert_count", MixtureConfig.experts(config));
    number("expert_used_count", config.requireInteger("num_experts_per_tok"));
    config.integer("n_group").ifPresent(n -> number("expert_group_count", n));
    config.integer("topk_group").ifPresent(n -> number("expert_group_used_count", n));
    number("expert_feed_forward_length", config.requireInteger("moe_intermediate_size"));
    boolean normalized = config.bool("norm_topk_prob", family != Family.QWEN3_MOE);
    if (family == Family.QWEN3_MOE) {
      if (!normalized) {
        throw config.unsupported("norm_topk_prob", false, "true, as GGUF files of qwen3moe imply");
      }
      return;
    }
    number("leading_dense_block_count", family.leadingDense(config));
    number("expert_shared_count", config.integer("n_shared_experts", 0));
    realIf("expert_weights_scale", config.number("routed_scaling_factor"));
    if (normalized || family == Family.GLM4_MOE) {
      out.bool(key("expert_weights_norm"), normalized);
    }
    number("expert_gating_func", gating());
  }

  private int gating() {
    String function = config.string("scoring_func").orElse("sigmoid");
    return switch (function) {
      case "sigmoid" -> SIGMOID;
      case "softmax" -> SOFTMAX;
      default -> throw config.unsupported("scoring_func", "'" + function + "'", "sigmoid, softmax");
    };
  }

  private void writeIndexer() {
    number("attention.indexer.head_count", config.requireInteger("index_n_heads"));
    number("attention.indexer.key_length", config.requireInteger("index_head_dim"));
    number("attention.indexer.top_k", config.requireInteger("index_topk"));
    if (family == Family.GLM_MOE_DSA) {
      out.array(
          key("attention.indexer.types"),
          GgufType.BOOL,
          IndexerLayers.full(config, config.requireInteger("num_hidden_layers")));
    }
  }

  private String key(String name) {
    return family.gguf() + "." + name;
  }

  private void number(String name, int value) {
    if (value < 0) {
      throw config.unsupported(name, value, "a number that is not negative");
    }
    out.uint32(key(name), value);
  }

  private void real(String name, double value) {
    out.float32(key(name), (float) value);
  }

  private void realIf(String name, Optional<Double> value) {
    value.ifPresent(v -> real(name, v));
  }

  private void text(String name, String value) {
    out.string(key(name), value);
  }
}
