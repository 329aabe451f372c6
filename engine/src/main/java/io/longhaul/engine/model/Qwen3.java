package io.longhaul.engine.model;

import io.longhaul.engine.kernel.Attention;
import io.longhaul.engine.model.Checkpoint.Source;
import io.longhaul.engine.model.GroupedQueryAttention.HeadNorms;
import io.longhaul.engine.model.RopeConfig.Pairing;
import java.util.List;
import java.util.Optional;
import java.util.function.IntUnaryOperator;

/** Qwen3, dense (Yang et al. 2025): Llama's layers with norms over each head's queries and keys. */
final class Qwen3 {
  private Qwen3() {}

  static Decoder load(Checkpoint file) {
    HfConfig.requireActivation(file, "hidden_act", "silu");
    DecoderConfig config = DecoderConfigs.read(file, Pairing.HALF_SPLIT);
    Checkpoint checkpoint = file.withNames(TensorNames.of(file, TensorNames.LLAMA));
    return PreNormDecoder.load(
        checkpoint, config, windows(file), block -> Optional.of(norms(checkpoint, block, config)));
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
