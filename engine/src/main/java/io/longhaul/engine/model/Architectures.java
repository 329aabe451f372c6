package io.longhaul.engine.model;

import io.longhaul.engine.ModelException;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Function;

/** The architectures that can be run, by the names that checkpoints give them. */
public final class Architectures {
  private static final Map<String, Function<Checkpoint, Decoder>> BY_NAME =
      Map.ofEntries(
          Map.entry("llama", Llama::load),
          Map.entry("qwen3", Qwen3::load),
          Map.entry("qwen3_moe", Qwen3::loadExperts),
          Map.entry("qwen3moe", Qwen3::loadExperts),
          Map.entry("glm4_moe", Glm4Moe::load),
          Map.entry("glm4moe", Glm4Moe::load),
          Map.entry("gemma3", Gemma3::load),
          Map.entry("gemma3_text", Gemma3::load),
          Map.entry("glm_moe_dsa", GlmMoeDsa::load),
          Map.entry("glm-dsa", GlmMoeDsa::load),
          Map.entry("deepseek_v32", GlmMoeDsa::loadDeepSeekV32),
          Map.entry("deepseek32", GlmMoeDsa::loadDeepSeekV32),
          Map.entry("deepseek_v3", GlmMoeDsa::loadDense),
          Map.entry("glm4_moe_lite", GlmMoeDsa::loadDense),
          Map.entry("deepseek2", GlmMoeDsa::loadDense));

  private Architectures() {}

  /** Takes a model's weights and hyper-parameters from a checkpoint. */
  public static Decoder load(Checkpoint file) {
    String source;
    String field;
    String name;
    switch (file.source()) {
      case Checkpoint.Source.Gguf(var metadata) -> {
        source = metadata.source();
        field = "general.architecture";
        name = metadata.requireString(field);
      }
      case Checkpoint.Source.HuggingFace(HfConfig config) -> {
        source = config.source();
        field = "model_type";
        name = config.requireString(field);
      }
    }
    Function<Checkpoint, Decoder> loader = BY_NAME.get(name);
    if (loader == null) {
      throw new ModelException(
          source
              + ": "
              + field
              + " is '"
              + name
              + "'; supported: "
              + String.join(", ", new TreeSet<>(BY_NAME.keySet())));
    }
    return loader.apply(file);
  }
}
