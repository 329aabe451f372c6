package io.longhaul.engine.model;

import io.longhaul.engine.kernel.Weights;
import io.longhaul.engine.tensor.FloatMatrix;

/**
 * The layer for multi-token prediction (DeepSeek-V3, 2024, section 2.2): {@code h' = layer(eh_proj
 * [norm(embedding of the next token) ; norm(h)])} predicts the token after the next one. {@code h}
 * is the trunk's output behind its last norm, later the draft layer's own.
 *
 * @param join {@code hidden × 2 · hidden}
 * @param headNorm before the head
 */
record DraftLayer(
    FloatMatrix embeddingNorm,
    FloatMatrix hiddenNorm,
    Weights join,
    GlmMoeDsa.Layer layer,
    FloatMatrix headNorm,
    Weights embedding,
    Weights head) {

  static DraftLayer load(
      Checkpoint file,
      LatentConfig config,
      DecoderPass.Ends ends,
      int index,
      GlmMoeDsa.Layer layer) {
    int hidden = config.hiddenSize();
    String next = "blk." + index + ".nextn.";
    return new DraftLayer(
        file.vector(next + "enorm.weight", hidden),
        file.vector(next + "hnorm.weight", hidden),
        file.matrix(next + "eh_proj.weight", hidden, Math.multiplyExact(2, hidden)),
        layer,
        file.optionalVector(next + "shared_head_norm.weight", hidden).orElse(ends.norm()),
        ownOr(file, next + "embed_tokens.weight", ends.embedding()),
        ownOr(file, next + "shared_head_head.weight", ends.head()));
  }

  private static Weights ownOr(Checkpoint file, String name, Weights trunk) {
    return file.has(name) ? file.matrix(name, trunk.rows(), trunk.columns()) : trunk;
  }
}
