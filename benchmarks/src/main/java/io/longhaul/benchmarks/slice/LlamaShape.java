package io.longhaul.benchmarks.slice;

import java.util.ArrayList;
import java.util.List;

/** A model of the architecture {@code llama}, of random weights. */
record LlamaShape(
    int vocabulary,
    int hidden,
    int layers,
    int heads,
    int kvHeads,
    int intermediate,
    int contextLength,
    Matrices matrices)
    implements SliceModel {
  /** TinyLlama's 1.1 billion parameters. */
  static LlamaShape tinyLlama(int vocabulary, int layers, Matrices matrices) {
    return new LlamaShape(vocabulary, 2048, layers, 32, 4, 5632, 2048, matrices);
  }

  private int headDim() {
    return hidden / heads;
  }

  @Override
  public GgufFields fields() {
    var fields =
        new GgufFields()
            .string("general.architecture", "llama")
            .string("general.name", "random weights, " + description())
            .uint32("llama.block_count", layers)
            .uint32("llama.context_length", contextLength)
            .uint32("llama.vocab_size", vocabulary)
            .uint32("llama.embedding_length", hidden)
            .uint32("llama.feed_forward_length", intermediate)
            .uint32("llama.attention.head_count", heads)
            .uint32("llama.attention.head_count_kv", kvHeads)
            .float32("llama.attention.layer_norm_rms_epsilon", 1e-5f)
            .uint32("llama.rope.dimension_count", headDim())
            .float32("llama.rope.freq_base", 10_000);
    new SyntheticVocabulary(vocabulary).addTo(fields, "llama-bpe");
    return fields;
  }

  @Override
  public List<SliceTensor> tensors() {
    List<SliceTensor> tensors = new ArrayList<>();
    tensors.add(matrices.embedding("token_embd.weight", vocabulary, hidden));
    for (int i = 0; i < layers; i++) {
      String layer = "blk." + i + ".";
      int kvRows = kvHeads * headDim();
      tensors.add(SliceTensor.ones(layer + "attn_norm.weight", hidden));
      tensors.add(matrices.matrix(layer + "attn_q.weight", hidden, hidden));
      tensors.add(matrices.matrix(layer + "attn_k.weight", kvRows, hidden));
      tensors.add(matrices.matrix(layer + "attn_v.weight", kvRows, hidden));
      tensors.add(matrices.matrix(layer + "attn_output.weight", hidden, hidden));
      tensors.add(SliceTensor.ones(layer + "ffn_norm.weight", hidden));
      tensors.add(matrices.matrix(layer + "ffn_gate.weight", intermediate, hidden));
      tensors.add(matrices.matrix(layer + "ffn_up.weight", intermediate, hidden));
      tensors.add(matrices.matrix(layer + "ffn_down.weight", hidden, intermediate));
    }
    tensors.add(SliceTensor.ones("output_norm.weight", hidden));
    tensors.add(matrices.matrix("output.weight", vocabulary, hidden));
    return tensors;
  }

  @Override
  public String description() {
    return "llama %s: %d layers, hidden %d, %d/%d heads, intermediate %d, %d tokens"
        .formatted(matrices.type(), layers, hidden, heads, kvHeads, intermediate, vocabulary);
  }
}
