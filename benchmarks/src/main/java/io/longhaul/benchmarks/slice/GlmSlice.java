package io.longhaul.benchmarks.slice;

import io.longhaul.engine.file.GgufType;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * A model with the widths of GLM-5.2 and fewer layers and experts, of random weights.
 *
 * @param denseLayers the first layers, which have no experts
 * @param experts routed experts of each other layer, besides the shared one
 * @param sharingPeriod of the layers from the third on, each {@code sharingPeriod}-th selects for
 *     itself and for those up to the next one; 1 if all select for themselves
 */
record GlmSlice(
    GlmWidths widths,
    int vocabulary,
    int layers,
    int denseLayers,
    int experts,
    int sharingPeriod,
    Matrices matrices)
    implements SliceModel {
  private static final String ARCHITECTURE = "glm-dsa";

  /** {@code index_skip_topk_offset}: the first layers, which all select for themselves. */
  private static final int FIRST_FULL_LAYERS = 3;

  /** The value of {@code expert_gating_func} for a sigmoid. */
  private static final int SIGMOID = 2;

  GlmSlice {
    if (layers < 1 || denseLayers < 0 || denseLayers > layers || sharingPeriod < 1) {
      throw new IllegalArgumentException(
          "%d layers, %d of them dense, period %d".formatted(layers, denseLayers, sharingPeriod));
    }
    if (denseLayers < layers && experts < 1) {
      throw new IllegalArgumentException(experts + " experts in a layer of experts");
    }
  }

  /** Whether a layer has an indexer of its own. */
  boolean selects(int layer) {
    return Math.max(layer - FIRST_FULL_LAYERS + 1, 0) % sharingPeriod == 0;
  }

  private List<Boolean> selectingLayers() {
    return IntStream.range(0, layers).mapToObj(this::selects).toList();
  }

  @Override
  public GgufFields fields() {
    GlmWidths w = widths;
    var fields =
        new GgufFields()
            .string("general.architecture", ARCHITECTURE)
            .string("general.name", "random weights, " + description())
            .uint32("glm-dsa.block_count", layers)
            .uint32("glm-dsa.context_length", w.contextLength())
            .uint32("glm-dsa.vocab_size", vocabulary)
            .uint32("glm-dsa.embedding_length", w.hidden())
            .uint32("glm-dsa.feed_forward_length", w.intermediate())
            .uint32("glm-dsa.leading_dense_block_count", denseLayers)
            .float32("glm-dsa.attention.layer_norm_rms_epsilon", 1e-5f)
            .uint32("glm-dsa.attention.head_count", w.heads())
            .uint32("glm-dsa.attention.head_count_kv", 1)
            .uint32("glm-dsa.attention.q_lora_rank", w.qLoraRank())
            .uint32("glm-dsa.attention.kv_lora_rank", w.kvLoraRank())
            .uint32("glm-dsa.attention.key_length", w.kvLoraRank() + w.rope())
            .uint32("glm-dsa.attention.value_length", w.kvLoraRank())
            .uint32("glm-dsa.attention.key_length_mla", w.nope() + w.rope())
            .uint32("glm-dsa.attention.value_length_mla", w.value())
            .uint32("glm-dsa.attention.indexer.head_count", w.indexerHeads())
            .uint32("glm-dsa.attention.indexer.key_length", w.indexerHeadDim())
            .uint32("glm-dsa.attention.indexer.top_k", w.indexTopK())
            .array("glm-dsa.attention.indexer.types", GgufType.BOOL, selectingLayers())
            .uint32("glm-dsa.rope.dimension_count", w.rope())
            .float32("glm-dsa.rope.freq_base", 8e6f)
            .uint32("glm-dsa.expert_feed_forward_length", w.expertIntermediate())
            .uint32("glm-dsa.expert_shared_count", 1);
    if (denseLayers < layers) {
      fields
          .uint32("glm-dsa.expert_count", experts)
          .uint32("glm-dsa.expert_used_count", Math.min(w.expertsUsed(), experts))
          .uint32("glm-dsa.expert_gating_func", SIGMOID)
          .bool("glm-dsa.expert_weights_norm", true)
          .float32("glm-dsa.expert_weights_scale", 2.5f);
    }
    new SyntheticVocabulary(vocabulary).addTo(fields, "glm4");
    return fields;
  }

  @Override
  public List<SliceTensor> tensors() {
    List<SliceTensor> tensors = new ArrayList<>();
    tensors.add(matrices.embedding("token_embd.weight", vocabulary, widths.hidden()));
    for (int layer = 0; layer < layers; layer++) {
      addAttention(tensors, "blk." + layer + ".");
      if (selects(layer)) {
        addIndexer(tensors, "blk." + layer + ".indexer.");
      }
      tensors.add(SliceTensor.ones("blk." + layer + ".ffn_norm.weight", widths.hidden()));
      if (layer < denseLayers) {
        addGated(tensors, "blk." + layer + ".ffn_%s.weight", widths.intermediate());
      } else {
        addExperts(tensors, "blk." + layer + ".");
      }
    }
    tensors.add(SliceTensor.ones("output_norm.weight", widths.hidden()));
    tensors.add(matrices.matrix("output.weight", vocabulary, widths.hidden()));
    return tensors;
  }

  private void addAttention(List<SliceTensor> tensors, String layer) {
    GlmWidths w = widths;
    tensors.add(SliceTensor.ones(layer + "attn_norm.weight", w.hidden()));
    tensors.add(matrices.matrix(layer + "attn_q_a.weight", w.qLoraRank(), w.hidden()));
    tensors.add(SliceTensor.ones(layer + "attn_q_a_norm.weight", w.qLoraRank()));
    tensors.add(
        matrices.matrix(
            layer + "attn_q_b.weight", (long) w.heads() * (w.nope() + w.rope()), w.qLoraRank()));
    tensors.add(
        matrices.matrix(layer + "attn_kv_a_mqa.weight", w.kvLoraRank() + w.rope(), w.hidden()));
    tensors.add(SliceTensor.ones(layer + "attn_kv_a_norm.weight", w.kvLoraRank()));
    tensors.add(matrices.matrix(layer + "attn_k_b.weight", w.heads(), w.kvLoraRank(), w.nope()));
    tensors.add(matrices.matrix(layer + "attn_v_b.weight", w.heads(), w.value(), w.kvLoraRank()));
    tensors.add(
        matrices.matrix(layer + "attn_output.weight", w.hidden(), (long) w.heads() * w.value()));
  }

  private void addIndexer(List<SliceTensor> tensors, String prefix) {
    GlmWidths w = widths;
    tensors.add(
        matrices.matrix(
            prefix + "attn_q_b.weight",
            (long) w.indexerHeads() * w.indexerHeadDim(),
            w.qLoraRank()));
    tensors.add(matrices.matrix(prefix + "attn_k.weight", w.indexerHeadDim(), w.hidden()));
    tensors.add(SliceTensor.ones(prefix + "k_norm.weight", w.indexerHeadDim()));
    tensors.add(SliceTensor.zeros(prefix + "k_norm.bias", w.indexerHeadDim()));
    tensors.add(matrices.matrix(prefix + "proj.weight", w.indexerHeads(), w.hidden()));
  }

  private void addExperts(List<SliceTensor> tensors, String layer) {
    GlmWidths w = widths;
    tensors.add(matrices.exactMatrix(layer + "ffn_gate_inp.weight", experts, w.hidden()));
    tensors.add(SliceTensor.zeros(layer + "exp_probs_b.bias", experts));
    addGated(tensors, layer + "ffn_%s_exps.weight", w.expertIntermediate(), experts);
    addGated(tensors, layer + "ffn_%s_shexp.weight", w.expertIntermediate());
  }

  /** The three matrices of a gated MLP, or of several. */
  private void addGated(List<SliceTensor> tensors, String name, int width, long... copies) {
    for (String part : List.of("gate", "up", "down")) {
      boolean down = part.equals("down");
      long[] matrix = {down ? widths.hidden() : width, down ? width : widths.hidden()};
      tensors.add(
          matrices.matrix(
              name.formatted(part),
              copies.length == 0 ? matrix : new long[] {copies[0], matrix[0], matrix[1]}));
    }
  }

  @Override
  public String description() {
    String full =
        IntStream.range(0, layers)
            .filter(this::selects)
            .mapToObj(String::valueOf)
            .reduce((a, b) -> a + "," + b)
            .orElse("none");
    String moe =
        denseLayers == layers
            ? "no experts"
            : "%d experts (%d per token)"
                .formatted(experts, Math.min(widths.expertsUsed(), experts));
    return String.format(
        Locale.ROOT,
        "%s %s: %d layers (%d dense of width %d), %s, indexers at %s, %d tokens",
        ARCHITECTURE,
        matrices.type(),
        layers,
        denseLayers,
        widths.intermediate(),
        moe,
        full,
        vocabulary);
  }
}
