package io.longhaul.engine.model;

import io.longhaul.engine.ModelException;
import io.longhaul.engine.file.Metadata;
import io.longhaul.engine.model.ExpertsConfig.Scoring;

/** Reads {@link ExpertsConfig} from GGUF metadata or from config.json. */
final class ExpertsConfigs {
  private static final int GLM_4_7_FLASH_VOCABULARY = 154_880;

  private ExpertsConfigs() {}

  /**
   * From a config.json of GLM or DeepSeek: sigmoid scores and a shared expert.
   *
   * @param countKey what the number of experts is called
   */
  static ExpertsConfig huggingFace(HfConfig config, String countKey) {
    int intermediate = config.requireInteger("moe_intermediate_size");
    String scoring = config.string("scoring_func").orElse("sigmoid");
    if (!scoring.equals("sigmoid")) {
      throw config.unsupported("scoring_func", "'" + scoring + "'", "sigmoid");
    }
    return new ExpertsConfig(
            config.requireInteger(countKey),
            config.requireInteger("num_experts_per_tok"),
            config.integer("n_group", 1),
            config.integer("topk_group", 1),
            intermediate,
            Math.multiplyExact(intermediate, config.integer("n_shared_experts", 0)),
            Scoring.SIGMOID,
            config.bool("norm_topk_prob", true),
            (float) config.number("routed_scaling_factor", 1))
        .checked(config.source());
  }

  /** From a config.json of Qwen3 with experts: softmax scores and no shared expert. */
  static ExpertsConfig qwen3(HfConfig config) {
    return new ExpertsConfig(
            // transformers 5 writes the other name.
            config
                .integer("num_local_experts")
                .orElseGet(() -> config.requireInteger("num_experts")),
            config.requireInteger("num_experts_per_tok"),
            1,
            1,
            config.requireInteger("moe_intermediate_size"),
            0,
            Scoring.SOFTMAX,
            config.bool("norm_topk_prob", false),
            1)
        .checked(config.source());
  }

  /** From GGUF. */
  static ExpertsConfig gguf(Metadata metadata, String prefix, int layers) {
    int intermediate = metadata.requireInteger(prefix + "expert_feed_forward_length");
    Scoring unsaid =
        switch (prefix) {
          case "qwen3moe." -> Scoring.SOFTMAX;
          case "deepseek2." -> isGlm47Flash(metadata, layers) ? Scoring.SIGMOID : Scoring.SOFTMAX;
          default -> Scoring.SIGMOID;
        };
    return new ExpertsConfig(
            metadata.requireInteger(prefix + "expert_count"),
            metadata.requireInteger(prefix + "expert_used_count"),
            atLeastOne(metadata, prefix + "expert_group_count"),
            atLeastOne(metadata, prefix + "expert_group_used_count"),
            intermediate,
            Math.multiplyExact(
                intermediate, metadata.integer(prefix + "expert_shared_count").orElse(0)),
            scoring(metadata, prefix + "expert_gating_func", unsaid),
            metadata.bool(prefix + "expert_weights_norm").orElse(prefix.equals("qwen3moe.")),
            scale(metadata, prefix + "expert_weights_scale"))
        .checked(metadata.source());
  }

  /** Old files of GLM-4.7-Flash do not say that their scores are sigmoids. */
  private static boolean isGlm47Flash(Metadata metadata, int layers) {
    return (layers == 47 || layers == 48)
        && metadata.integer("deepseek2.vocab_size").orElse(0) == GLM_4_7_FLASH_VOCABULARY;
  }

  private static int atLeastOne(Metadata metadata, String key) {
    return Math.max(1, metadata.integer(key).orElse(1));
  }

  private static float scale(Metadata metadata, String key) {
    float scale = metadata.number(key).orElse(1.0).floatValue();
    return scale == 0 ? 1 : scale;
  }

  private static Scoring scoring(Metadata metadata, String key, Scoring unsaid) {
    int code = metadata.integer(key).orElse(0);
    return switch (code) {
      case 0 -> unsaid;
      case 1 -> Scoring.SOFTMAX;
      case 2 -> Scoring.SIGMOID;
      default ->
          throw new ModelException(
              metadata.source()
                  + ": "
                  + key
                  + " is "
                  + code
                  + ", supported: 1 (softmax), 2 (sigmoid)");
    };
  }
}
