package io.longhaul.engine.plan;

import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a tensor does in the forward pass, read from its GGUF or Hugging Face name. */
public enum TensorRole {
  EMBEDDING,
  ATTENTION,
  /** Chooses the positions that sparse attention reads. */
  INDEXER,
  /** Feed-forward blocks that every token passes. */
  DENSE,
  ROUTER,
  /** Routed experts: a token reads some of them. */
  EXPERTS,
  SHARED_EXPERTS,
  /** The matrix that makes logits. */
  HEAD,
  /** Norms, biases and other vectors. */
  NORMS,
  /** What joins a draft layer to the trunk: projection, its own embedding and head. */
  DRAFT,
  OTHER,
  /** In the file, but never read: image encoders, indexers of layers that share a selection. */
  UNUSED;

  private static final Pattern LAYER = Pattern.compile("(?:^|\\.)(?:blk|layers)\\.(\\d{1,9})\\.");

  private static final Pattern VISION =
      Pattern.compile("^(v\\.|mm\\.)|vision|visual|multi_modal_projector");

  private static final Set<String> DRAFT_PARTS =
      Set.of("eh_proj", "shared_head", "embed_tokens", "shared_head_head");

  /** The number of the layer that a tensor belongs to; negative if to none. */
  static int layer(String name) {
    Matcher layer = LAYER.matcher(name);
    return layer.find() ? Integer.parseInt(layer.group(1)) : -1;
  }

  /**
   * The role of a tensor.
   *
   * @param vector whether it has one dimension
   */
  static TensorRole of(String name, boolean vector) {
    if (VISION.matcher(name).find()) {
      return UNUSED;
    }
    if (name.contains("indexer.")) {
      return INDEXER;
    }
    if (name.contains("exp_probs_b") || name.contains("e_score_correction_bias")) {
      return ROUTER;
    }
    if (vector) {
      return NORMS;
    }
    return layer(name) < 0 ? outsideLayers(name) : insideLayer(name);
  }

  private static TensorRole outsideLayers(String name) {
    if (name.equals("token_embd.weight") || name.endsWith("embed_tokens.weight")) {
      return EMBEDDING;
    }
    return name.equals("output.weight") || name.endsWith("lm_head.weight") ? HEAD : OTHER;
  }

  private static TensorRole insideLayer(String name) {
    if (DRAFT_PARTS.stream().anyMatch(part -> name.contains("." + part + "."))) {
      return DRAFT;
    }
    if (name.contains("_shexp") || name.contains("shared_expert")) {
      return SHARED_EXPERTS;
    }
    if (name.contains("_exps") || name.contains(".experts.")) {
      return EXPERTS;
    }
    if (name.contains("ffn_gate_inp") || name.contains("mlp.gate.")) {
      return ROUTER;
    }
    if (name.contains(".attn_") || name.contains("self_attn.")) {
      return ATTENTION;
    }
    return name.contains(".ffn_") || name.contains("mlp.") ? DENSE : OTHER;
  }
}
