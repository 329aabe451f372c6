package io.longhaul.engine.model;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What Hugging Face checkpoints call the tensors that GGUF calls {@code token_embd}, {@code
 * blk.N.attn_q} and so on.
 */
public final class TensorNames {
  private static final Map<String, String> ENDS =
      Map.of(
          "token_embd", "model.embed_tokens",
          "output_norm", "model.norm",
          "output", "lm_head");

  /** Llama, Qwen3. */
  public static final Map<String, String> LLAMA =
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
  public static final Map<String, String> GEMMA3 =
      with(
          LLAMA,
          Map.of(
              "post_attention_norm", "post_attention_layernorm",
              "ffn_norm", "pre_feedforward_layernorm",
              "post_ffw_norm", "post_feedforward_layernorm"));

  /** What a mixture of experts adds; each expert's three matrices have names of their own. */
  private static final Map<String, String> EXPERTS =
      Map.of(
          "ffn_gate_inp", "mlp.gate",
          "ffn_gate_shexp", "mlp.shared_experts.gate_proj",
          "ffn_up_shexp", "mlp.shared_experts.up_proj",
          "ffn_down_shexp", "mlp.shared_experts.down_proj");

  /** What a layer that predicts a further token has beside a decoder layer's tensors. */
  private static final Map<String, String> PREDICTING =
      Map.of(
          "nextn.eh_proj", "eh_proj",
          "nextn.enorm", "enorm",
          "nextn.hnorm", "hnorm",
          "nextn.shared_head_norm", "shared_head.norm",
          "nextn.embed_tokens", "embed_tokens",
          "nextn.shared_head_head", "shared_head.head");

  /** Qwen3 and GLM-4.5 with experts. */
  public static final Map<String, String> GROUPED_QUERY_EXPERTS = with(LLAMA, EXPERTS);

  /** GLM-4.5 in GGUF, which names the second norm after what it follows. */
  public static final Map<String, String> GLM4_MOE =
      without(
          with(
              with(GROUPED_QUERY_EXPERTS, PREDICTING),
              Map.of("post_attention_norm", "post_attention_layernorm")),
          "ffn_norm");

  /**
   * Multi-head latent attention, an indexer and experts: DeepSeek V3 and V3.2, GLM-4.7-Flash,
   * GLM-5. GGUF splits {@code kv_b_proj} into {@code attn_k_b} and {@code attn_v_b}.
   */
  public static final Map<String, String> LATENT =
      with(
          with(with(LLAMA, EXPERTS), PREDICTING),
          Map.ofEntries(
              Map.entry("attn_q_a", "self_attn.q_a_proj"),
              Map.entry("attn_q_a_norm", "self_attn.q_a_layernorm"),
              Map.entry("attn_q_b", "self_attn.q_b_proj"),
              Map.entry("attn_kv_a_mqa", "self_attn.kv_a_proj_with_mqa"),
              Map.entry("attn_kv_a_norm", "self_attn.kv_a_layernorm"),
              Map.entry("attn_kv_b", "self_attn.kv_b_proj"),
              Map.entry("indexer.attn_q_b", "self_attn.indexer.wq_b"),
              Map.entry("indexer.attn_k", "self_attn.indexer.wk"),
              Map.entry("indexer.k_norm", "self_attn.indexer.k_norm"),
              Map.entry("indexer.proj", "self_attn.indexer.weights_proj")));

  /** Where a checkpoint that also holds an image encoder keeps its language model. */
  private static final List<String> LANGUAGE_MODEL_PREFIXES =
      List.of("model.language_model.", "language_model.model.");

  /** GGUF keeps all experts in one tensor; this is how one of them is asked for. */
  private static final Pattern EXPERT =
      Pattern.compile("blk\\.(\\d+)\\.ffn_(gate|up|down)_exp\\.(\\d+)\\.weight");

  private static final Pattern STORED_LAYER = Pattern.compile("model\\.layers\\.(\\d+)\\.(.+)");

  private static final Pattern STORED_EXPERT =
      Pattern.compile("mlp\\.experts\\.(\\d+)\\.(gate|up|down)_proj\\.weight");

  private static final String STORED_CHOICE_BIAS = "mlp.gate.e_score_correction_bias";

  private static final Pattern CHOICE_BIAS = Pattern.compile("blk\\.(\\d+)\\.exp_probs_b\\.bias");

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
    Matcher bias = CHOICE_BIAS.matcher(name);
    if (bias.matches()) {
      return "model.layers." + bias.group(1) + "." + STORED_CHOICE_BIAS;
    }
    Matcher expert = EXPERT.matcher(name);
    if (expert.matches()) {
      return "model.layers.%s.mlp.experts.%s.%s_proj.weight"
          .formatted(expert.group(1), expert.group(3), expert.group(2));
    }
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

  /**
   * The GGUF name of a tensor of a Hugging Face checkpoint: the way back. An expert's matrix has
   * the name that it is asked for, {@code blk.N.ffn_gate_exp.E.weight}.
   *
   * @param name that begins with {@code model.} or {@code lm_head.}, see {@link #plain}
   * @return empty if the table has no such tensor
   */
  public static Optional<String> toGguf(String name, Map<String, String> table) {
    Matcher layer = STORED_LAYER.matcher(name);
    if (!layer.matches()) {
      return key(ENDS, name);
    }
    String block = "blk." + layer.group(1) + ".";
    String rest = layer.group(2);
    Matcher expert = STORED_EXPERT.matcher(rest);
    if (expert.matches()) {
      return Optional.of(
          block + "ffn_%s_exp.%s.weight".formatted(expert.group(2), expert.group(1)));
    }
    return rest.equals(STORED_CHOICE_BIAS)
        ? Optional.of(block + "exp_probs_b.bias")
        : key(table, rest).map(block::concat);
  }

  /** A name without what a checkpoint with an image encoder puts before its language model's. */
  public static String plain(String name) {
    for (String prefix : LANGUAGE_MODEL_PREFIXES) {
      if (name.startsWith(prefix)) {
        return "model." + name.substring(prefix.length());
      }
    }
    return name.startsWith("language_model.lm_head.")
        ? name.substring("language_model.".length())
        : name;
  }

  /** The key that stands for a name, with the name's suffix. */
  private static Optional<String> key(Map<String, String> table, String name) {
    int dot = name.lastIndexOf('.');
    return table.entrySet().stream()
        .filter(entry -> dot >= 0 && entry.getValue().equals(name.substring(0, dot)))
        .map(entry -> entry.getKey() + name.substring(dot))
        .findFirst();
  }

  private static Map<String, String> without(Map<String, String> base, String key) {
    Map<String, String> fewer = new HashMap<>(base);
    fewer.remove(key);
    return Map.copyOf(fewer);
  }

  private static Map<String, String> with(Map<String, String> base, Map<String, String> changes) {
    Map<String, String> merged = new HashMap<>(base);
    merged.putAll(changes);
    return Map.copyOf(merged);
  }
}
