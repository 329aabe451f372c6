package io.longhaul.engine.model;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * What Hugging Face checkpoints call the tensors that GGUF calls {@code token_embd}, {@code
 * blk.N.attn_q} and so on.
 */
final class TensorNames {
  private static final Map<String, String> ENDS =
      Map.of(
          "token_embd", "model.embed_tokens",
          "output_norm", "model.norm",
          "output", "lm_head");

  /** Llama, Qwen3. */
  static final Map<String, String> LLAMA =
      Map.ofEntries(
          Map.entry("attn_norm", "input_layernorm"),
          Map.entry("attn_q", "self_attn.q_proj"),
          Map.entry("attn_k", "self_attn.k_proj"),
          Map.entry("attn_v", "self_attn.v_proj"),
          Map.entry("attn_output", "self_attn.o_proj"),
          Map.entry("attn_q_norm", "self_attn.q_norm"),
          Map.entry("attn_k_norm", "self_attn.k_norm"),
          Map.entry("ffn_norm", "post_attention_layernorm"),
          Map.entry("ffn_gate", "mlp.gate_proj"),
          Map.entry("ffn_up", "mlp.up_proj"),
          Map.entry("ffn_down", "mlp.down_proj"));

  /** Gemma 3, which norms each block's output too. */
  static final Map<String, String> GEMMA3 =
      with(
          LLAMA,
          Map.of(
              "post_attention_norm", "post_attention_layernorm",
              "ffn_norm", "pre_feedforward_layernorm",
              "post_ffw_norm", "post_feedforward_layernorm"));

  /** Where a checkpoint that also holds an image encoder keeps its language model. */
  private static final List<String> LANGUAGE_MODEL_PREFIXES =
      List.of("model.language_model.", "language_model.model.");

  private TensorNames() {}

  /** The translation from GGUF names to those of the file. */
  static UnaryOperator<String> of(Checkpoint file, Map<String, String> table) {
    if (file.source() instanceof Checkpoint.Source.Gguf) {
      return UnaryOperator.identity();
    }
    String prefix =
        LANGUAGE_MODEL_PREFIXES.stream()
            .filter(candidate -> file.has(candidate + "embed_tokens.weight"))
            .findFirst()
            .orElse("model.");
    return name -> translate(name, table).replaceFirst("^model\\.", prefix);
  }

  private static String translate(String name, Map<String, String> table) {
    int dot = name.lastIndexOf('.');
    String suffix = name.substring(dot);
    String stem = name.substring(0, dot);
    if (ENDS.containsKey(stem)) {
      return ENDS.get(stem) + suffix;
    }
    // blk.N.part
    int second = stem.indexOf('.', "blk.".length());
    String layer = stem.substring("blk.".length(), second);
    return "model.layers." + layer + "." + table.get(stem.substring(second + 1)) + suffix;
  }

  private static Map<String, String> with(Map<String, String> base, Map<String, String> changes) {
    Map<String, String> merged = new HashMap<>(base);
    merged.putAll(changes);
    return Map.copyOf(merged);
  }
}
