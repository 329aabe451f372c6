package io.longhaul.engine.convert;

import io.longhaul.engine.ModelException;
import io.longhaul.engine.model.HfConfig;
import io.longhaul.engine.model.TensorNames;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;

/** The architectures that can be converted, and what distinguishes their GGUF files. */
enum Family {
  LLAMA("llama", "llama", false),
  QWEN3("qwen3", "qwen3", false),
  GEMMA3("gemma3_text", "gemma3", false),
  QWEN3_MOE("qwen3_moe", "qwen3moe", false),
  GLM4_MOE("glm4_moe", "glm4moe", true),
  GLM4_MOE_LITE("glm4_moe_lite", "deepseek2", true),
  /** llama.cpp's files of it do without the predicting layer, and so do these. */
  DEEPSEEK_V3("deepseek_v3", "deepseek2", false),
  DEEPSEEK_V32("deepseek_v32", "deepseek32", true),
  GLM_MOE_DSA("glm_moe_dsa", "glm-dsa", true);

  private final String modelType;
  private final String gguf;
  private final boolean predicts;

  Family(String modelType, String gguf, boolean predicts) {
    this.modelType = modelType;
    this.gguf = gguf;
    this.predicts = predicts;
  }

  /**
   * The family of a checkpoint's text configuration.
   *
   * @throws ModelException if its {@code model_type} cannot be converted
   */
  static Family of(HfConfig config) {
    String type = config.requireString("model_type");
    for (Family family : values()) {
      if (family.modelType.equals(type)) {
        return family;
      }
    }
    throw config.unsupported(
        "model_type",
        "'" + type + "'",
        Arrays.stream(values()).map(family -> family.modelType).collect(Collectors.joining(", ")));
  }

  /** {@code general.architecture}, and the prefix of the hyper-parameters' keys. */
  String gguf() {
    return gguf;
  }

  /** GGUF names and those of the checkpoint. */
  Map<String, String> names() {
    return switch (this) {
      case LLAMA, QWEN3 -> TensorNames.LLAMA;
      case GEMMA3 -> TensorNames.GEMMA3;
      case QWEN3_MOE -> TensorNames.GROUPED_QUERY_EXPERTS;
      case GLM4_MOE -> TensorNames.GLM4_MOE;
      case GLM4_MOE_LITE, DEEPSEEK_V3, DEEPSEEK_V32, GLM_MOE_DSA -> TensorNames.LATENT;
    };
  }

  /** Whether GGUF keeps the layers that predict further tokens. */
  boolean predicts() {
    return predicts;
  }

  /** Multi-head latent attention: one key and value head, {@code kv_b_proj} in two. */
  boolean latent() {
    return switch (this) {
      case GLM4_MOE_LITE, DEEPSEEK_V3, DEEPSEEK_V32, GLM_MOE_DSA -> true;
      default -> false;
    };
  }

  boolean experts() {
    return latent() || this == QWEN3_MOE || this == GLM4_MOE;
  }

  boolean indexer() {
    return this == DEEPSEEK_V32 || this == GLM_MOE_DSA;
  }

  /** Rotated pairs lie side by side in GGUF, half a head apart in the checkpoint. */
  boolean permutes() {
    return this == LLAMA;
  }

  /** Layers in the GGUF file: those of the decoder and those that predict. */
  int blocks(HfConfig config) {
    return config.requireInteger("num_hidden_layers") + predicting(config);
  }

  /** Layers in the GGUF file that predict further tokens. */
  int predicting(HfConfig config) {
    return predicts ? config.integer("num_nextn_predict_layers", 0) : 0;
  }

  /** Leading layers without experts. */
  int leadingDense(HfConfig config) {
    return config
        .integer("first_k_dense_replace")
        .orElseGet(
            () ->
                (int)
                    config.list("mlp_layer_types").stream()
                        .flatMap(types -> types.stream().takeWhile("dense"::equals))
                        .count());
  }
}
