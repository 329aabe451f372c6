package io.longhaul.engine.model;

import io.longhaul.engine.kernel.Attention;
import io.longhaul.engine.model.Checkpoint.Source;
import io.longhaul.engine.model.GroupedQueryAttention.HeadNorms;
import io.longhaul.engine.model.RopeConfig.Pairing;
import java.util.List;
import java.util.Optional;
import java.util.function.IntPredicate;
import java.util.function.IntUnaryOperator;

/**
 * Qwen3 (Yang et al. 2025): Llama's layers with norms over each head's queries and keys, dense or
 * with experts.
 */
final class Qwen3 {
  private Qwen3() {}

  static Decoder load(Checkpoint file) {
    HfConfig.requireActivation(file, "hidden_act", "silu");
    DecoderConfig config = DecoderConfigs.read(file, Pairing.HALF_SPLIT);
    Checkpoint checkpoint = file.withNames(TensorNames.of(file, TensorNames.LLAMA));
    return PreNormDecoder.load(
        checkpoint, config, windows(file), block -> Optional.of(norms(checkpoint, block, config)));
  }

  /** With experts, in all layers or in some. */
  static Decoder loadExperts(Checkpoint file) {
    HfConfig.requireActivation(file, "hidden_act", "silu");
    DecoderConfig config = DecoderConfigs.read(file, Pairing.HALF_SPLIT);
    Checkpoint checkpoint = file.withNames(TensorNames.of(file, TensorNames.GROUPED_QUERY_EXPERTS));
    ExpertsConfig experts =
        switch (file.source()) {
          case Source.Gguf(var metadata) ->
              ExpertsConfigs.gguf(metadata, "qwen3moe.", config.layers());
          case Source.HuggingFace(HfConfig hf) -> ExpertsConfigs.qwen3(hf);
        };
    return PreNormDecoder.load(
        checkpoint,
        config,
        windows(file),
        block -> Optional.of(norms(checkpoint, block, config)),
        Optional.of(experts),
        sparseLayers(file));
  }

  private static IntPredicate sparseLayers(Checkpoint file) {
    if (file.source() instanceof Source.HuggingFace(HfConfig config)) {
      int step = Math.max(1, config.integer("decoder_sparse_step", 1));
      List<?> dense = config.list("mlp_only_layers").orElse(List.of());
      return layer ->
          (layer + 1) % step == 0
              && dense.stream().noneMatch(i -> i instanceof Number n && n.intValue() == layer);
    }
    return layer -> file.has("blk." + layer + ".ffn_gate_inp.weight");
  }

  private static HeadNorms norms(Checkpoint checkpoint, String block, DecoderConfig config) {
    return new HeadNorms(
        checkpoint.vector(block + "attn_q_norm.weight", config.headDim()),
        checkpoint.vector(block + "attn_k_norm.weight", config.headDim()),
        config.rmsNormEps());
  }

  private static IntUnaryOperator windows(Checkpoint file) {
    if (file.source() instanceof Source.HuggingFace(HfConfig config)
        && config.bool("use_sliding_window", false)) {
      int window = config.requireInteger("sliding_window");
      List<?> types = config.list("layer_types").orElse(List.of());
      int fullLayers = config.integer("max_window_layers", 0);
      return layer -> {
        boolean sliding =
            layer < types.size()
                ? types.get(layer).equals("sliding_attention")
                : layer >= fullLayers;
        return sliding ? window : Attention.NO_WINDOW;
      };
    }
    return layer -> Attention.NO_WINDOW;
  }
}
