package io.longhaul.engine.model;

import io.longhaul.engine.kernel.Attention;
import io.longhaul.engine.model.RopeConfig.Pairing;
import java.util.Optional;

/**
 * Llama (Touvron et al. 2023; Grattafiori et al. 2024) and what shares its layers: SmolLM.
 *
 * <p>GGUF files hold query and key rows permuted, so that pairs to rotate are neighbours; Hugging
 * Face checkpoints keep them half a head apart.
 */
final class Llama {
  private Llama() {}

  static Decoder load(Checkpoint file) {
    HfConfig.requireActivation(file, "hidden_act", "silu");
    DecoderConfig config = DecoderConfigs.read(file, Pairing.INTERLEAVED);
    return PreNormDecoder.load(
        file.withNames(TensorNames.of(file, TensorNames.LLAMA)),
        config,
        layer -> Attention.NO_WINDOW,
        block -> Optional.empty());
  }
}
