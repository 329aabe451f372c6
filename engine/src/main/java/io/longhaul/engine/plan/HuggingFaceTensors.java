package io.longhaul.engine.plan;

import io.longhaul.engine.plan.Dimensions.Experts;
import io.longhaul.engine.plan.Dimensions.GroupedQuery;
import io.longhaul.engine.plan.Dimensions.Indexer;
import io.longhaul.engine.plan.Dimensions.Latent;
import io.longhaul.engine.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;

/** Every tensor of a Hugging Face checkpoint, from the numbers of its {@code config.json}. */
final class HuggingFaceTensors {
  private final Dimensions d;
  private final List<WeightTensor> tensors = new ArrayList<>();

  private HuggingFaceTensors(Dimensions d) {
    this.d = d;
  }

  /**
   * The tensors, the trunk's layers first.
   *
   * @throws ArithmeticException if their bytes do not fit into 64 bits
   */
  static List<WeightTensor> of(Dimensions d) {
    HuggingFaceTensors all = new HuggingFaceTensors(d);
    all.matrix("model.embed_tokens", d.vocab(), d.hidden());
    for (int layer = 0; layer < d.allLayers(); layer++) {
      all.layer(layer);
    }
    all.vector("model.norm.weight", d.hidden());
    if (!d.tied()) {
      all.matrix("lm_head", d.vocab(), d.hidden());
    }
    return all.tensors;
  }

  private void layer(int layer) {
    String prefix = "model.layers." + layer + ".";
    vector(prefix + "input_layernorm.weight", d.hidden());
    switch (d.attention()) {
      case GroupedQuery attention -> attention(prefix + "self_attn.", attention);
      case Latent attention -> attention(prefix + "self_attn.", attention, layer);
    }
    vector(prefix + "post_attention_layernorm.weight", d.hidden());
    if (d.sandwichNorms()) {
      vector(prefix + "pre_feedforward_layernorm.weight", d.hidden());
      vector(prefix + "post_feedforward_layernorm.weight", d.hidden());
    }
    if (d.isSparse(layer)) {
      experts(prefix + "mlp.", d.experts().orElseThrow());
    } else {
      mlp(prefix + "mlp.", d.intermediate(), 1);
      if (d.mlpBias()) {
        vector(prefix + "mlp.gate_proj.bias", d.intermediate());
        vector(prefix + "mlp.up_proj.bias", d.intermediate());
        vector(prefix + "mlp.down_proj.bias", d.hidden());
      }
    }
    if (d.isDraft(layer)) {
      draft(prefix);
    }
  }

  private void attention(String prefix, GroupedQuery a) {
    long queries = Math.multiplyExact(a.heads(), a.headDim());
    long keys = Math.multiplyExact(a.kvHeads(), a.headDim());
    projection(prefix + "q_proj", queries, d.hidden(), a.inputBias());
    projection(prefix + "k_proj", keys, d.hidden(), a.inputBias());
    projection(prefix + "v_proj", keys, d.hidden(), a.inputBias());
    projection(prefix + "o_proj", d.hidden(), queries, a.outputBias());
    if (a.headNorms()) {
      vector(prefix + "q_norm.weight", a.headDim());
      vector(prefix + "k_norm.weight", a.headDim());
    }
  }

  private void attention(String prefix, Latent a, int layer) {
    long queries = Math.multiplyExact(a.heads(), a.nope() + a.rope());
    if (a.qLoraRank() > 0) {
      projection(prefix + "q_a_proj", a.qLoraRank(), d.hidden(), a.bias());
      vector(prefix + "q_a_layernorm.weight", a.qLoraRank());
      matrix(prefix + "q_b_proj", queries, a.qLoraRank());
    } else {
      matrix(prefix + "q_proj", queries, d.hidden());
    }
    projection(prefix + "kv_a_proj_with_mqa", a.kvLoraRank() + a.rope(), d.hidden(), a.bias());
    vector(prefix + "kv_a_layernorm.weight", a.kvLoraRank());
    long expanded = Math.multiplyExact(a.heads(), a.nope() + a.valueDim());
    matrix(prefix + "kv_b_proj", expanded, a.kvLoraRank());
    long values = Math.multiplyExact(a.heads(), a.valueDim());
    projection(prefix + "o_proj", d.hidden(), values, a.bias());
    // A draft layer chooses positions itself, whatever the trunk's layers do.
    a.indexer()
        .filter(indexer -> d.isDraft(layer) || indexer.full().get(layer))
        .ifPresent(indexer -> indexer(prefix + "indexer.", indexer, a.qLoraRank()));
  }

  private void indexer(String prefix, Indexer indexer, long qLoraRank) {
    long queries = Math.multiplyExact(indexer.heads(), indexer.headDim());
    matrix(prefix + "wq_b", queries, qLoraRank);
    matrix(prefix + "wk", indexer.headDim(), d.hidden());
    vector(prefix + "k_norm.weight", indexer.headDim());
    vector(prefix + "k_norm.bias", indexer.headDim());
    add(prefix + "weights_proj.weight", d.type(), List.of(indexer.heads(), d.hidden()), 1);
  }

  private void experts(String prefix, Experts experts) {
    add(prefix + "gate.weight", d.type(), List.of(experts.total(), d.hidden()), 1);
    if (experts.choiceBias()) {
      add(prefix + "gate.e_score_correction_bias", TensorType.F32, List.of(experts.total()), 1);
    }
    mlp(prefix + "experts.*.", experts.intermediate(), experts.total());
    if (experts.shared() > 0) {
      long width = Math.multiplyExact(experts.shared(), experts.intermediate());
      mlp(prefix + "shared_experts.", width, 1);
    }
  }

  private void mlp(String prefix, long intermediate, long copies) {
    for (String part : List.of("gate_proj", "up_proj")) {
      add(prefix + part + ".weight", layerType(), List.of(intermediate, d.hidden()), copies);
    }
    add(prefix + "down_proj.weight", layerType(), List.of(d.hidden(), intermediate), copies);
  }

  private void draft(String prefix) {
    vector(prefix + "enorm.weight", d.hidden());
    vector(prefix + "hnorm.weight", d.hidden());
    add(prefix + "eh_proj.weight", d.type(), List.of(d.hidden(), 2 * d.hidden()), 1);
    vector(prefix + "shared_head.norm.weight", d.hidden());
    if (d.draftEnds()) {
      add(prefix + "embed_tokens.weight", d.type(), List.of(d.vocab(), d.hidden()), 1);
      add(prefix + "shared_head.head.weight", d.type(), List.of(d.vocab(), d.hidden()), 1);
    }
  }

  private void projection(String name, long rows, long columns, boolean bias) {
    matrix(name, rows, columns);
    if (bias) {
      vector(name + ".bias", rows);
    }
  }

  private void matrix(String name, long rows, long columns) {
    TensorType type = TensorRole.layer(name + ".") < 0 ? d.type() : layerType();
    add(name + ".weight", type, List.of(rows, columns), 1);
  }

  private void vector(String name, long length) {
    add(name, d.type(), List.of(length), 1);
  }

  /** Published FP8 checkpoints keep embedding, head, routers and vectors as they were. */
  private TensorType layerType() {
    return d.fp8() ? TensorType.F8_E4M3 : d.type();
  }

  private void add(String name, TensorType type, List<Long> shape, long copies) {
    TensorRole role = TensorRole.of(name, shape.size() == 1);
    boolean draft = TensorRole.layer(name) >= d.layers();
    tensors.add(WeightTensor.of(name, type, shape, copies, role, draft));
  }
}
