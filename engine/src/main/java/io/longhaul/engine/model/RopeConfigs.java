package io.longhaul.engine.model;

import io.longhaul.engine.ModelException;
import io.longhaul.engine.file.Metadata;
import io.longhaul.engine.model.RopeConfig.Pairing;
import io.longhaul.engine.tensor.FloatMatrix;
import java.util.Optional;

/** Reads the rotary embeddings' parameters from GGUF metadata or from config.json. */
final class RopeConfigs {
  private static final String SUPPORTED = "default, linear, llama3, yarn";

  private RopeConfigs() {}

  /**
   * From GGUF.
   *
   * @param prefix of the keys, {@code "llama."}
   */
  static RopeConfig gguf(
      Checkpoint file, Metadata metadata, String prefix, int headDim, Pairing pairing) {
    int dimensions = metadata.integer(prefix + "rope.dimension_count").orElse(headDim);
    float theta = metadata.number(prefix + "rope.freq_base").orElse(10_000.0).floatValue();
    return new RopeConfig(
        theta, dimensions, pairing, ggufScaling(file, metadata, prefix, dimensions));
  }

  private static RopeScaling ggufScaling(
      Checkpoint file, Metadata metadata, String prefix, int dimensions) {
    if (dimensions >= 2 && file.has("rope_freqs.weight")) {
      FloatMatrix divisors = file.vector("rope_freqs.weight", dimensions / 2);
      return new RopeScaling.Divisors(divisors.row(0));
    }
    String key = prefix + "rope.scaling.";
    Optional<Float> factor = metadata.number(key + "factor").map(Double::floatValue);
    String type = metadata.string(key + "type").orElse(factor.isPresent() ? "linear" : "none");
    return switch (type) {
      case "none" -> new RopeScaling.None();
      case "linear" -> factor.isPresent() ? linear(factor.get()) : new RopeScaling.None();
      case "yarn" ->
          new RopeScaling.Yarn(
              factor.orElse(1f),
              metadata.number(key + "yarn_beta_fast").orElse(32.0).floatValue(),
              metadata.number(key + "yarn_beta_slow").orElse(1.0).floatValue(),
              metadata
                  .integer(key + "original_context_length")
                  .orElseGet(() -> metadata.requireInteger(prefix + "context_length")),
              RopeScaling.Yarn.defaultAttentionFactor(factor.orElse(1f))
                  * metadata.number(key + "attn_factor").orElse(1.0).floatValue(),
              true);
      default ->
          throw new ModelException(
              metadata.source()
                  + ": "
                  + key
                  + "type is '"
                  + type
                  + "', supported: none, linear, yarn");
    };
  }

  /** From a config.json, of transformers 5 ({@code rope_parameters}) or earlier. */
  static RopeConfig huggingFace(HfConfig config, int headDim) {
    HfConfig parameters =
        config.object("rope_parameters").or(() -> config.object("rope_scaling")).orElse(config);
    double theta =
        parameters.number("rope_theta").orElseGet(() -> config.number("rope_theta", 10_000));
    return huggingFace(config, parameters, theta, headDim);
  }

  /**
   * From one block of rope parameters.
   *
   * @param parameters the block, or the whole configuration where it has none
   */
  static RopeConfig huggingFace(HfConfig config, HfConfig parameters, double theta, int headDim) {
    double share =
        parameters
            .number("partial_rotary_factor")
            .orElseGet(() -> config.number("partial_rotary_factor", 1));
    return new RopeConfig(
        (float) theta,
        (int) (headDim * share),
        Pairing.HALF_SPLIT,
        huggingFaceScaling(config, parameters));
  }

  private static RopeScaling huggingFaceScaling(HfConfig config, HfConfig parameters) {
    String type =
        parameters.string("rope_type").or(() -> parameters.string("type")).orElse("default");
    return switch (type) {
      case "default" -> new RopeScaling.None();
      case "linear" -> linear(factor(parameters));
      case "llama3" ->
          new RopeScaling.Llama3(
              factor(parameters),
              (float) parameters.number("low_freq_factor", 1),
              (float) parameters.number("high_freq_factor", 4),
              parameters.requireInteger("original_max_position_embeddings"));
      case "yarn" ->
          new RopeScaling.Yarn(
              factor(parameters),
              (float) parameters.number("beta_fast", 32),
              (float) parameters.number("beta_slow", 1),
              parameters
                  .integer("original_max_position_embeddings")
                  .orElseGet(() -> config.requireInteger("max_position_embeddings")),
              attentionFactor(parameters),
              parameters.bool("truncate", true));
      default -> throw config.unsupported("rope_type", "'" + type + "'", SUPPORTED);
    };
  }

  private static float attentionFactor(HfConfig parameters) {
    if (parameters.has("attention_factor")) {
      return (float) parameters.number("attention_factor", 1);
    }
    double factor = factor(parameters);
    double mscale = parameters.number("mscale", 0);
    double mscaleAllDim = parameters.number("mscale_all_dim", 0);
    if (mscale != 0 && mscaleAllDim != 0 && factor > 1) {
      return (float)
          ((0.1 * mscale * Math.log(factor) + 1) / (0.1 * mscaleAllDim * Math.log(factor) + 1));
    }
    return RopeScaling.Yarn.defaultAttentionFactor((float) factor);
  }

  private static float factor(HfConfig parameters) {
    double factor =
        parameters
            .number("factor")
            .orElseThrow(() -> parameters.unsupported("factor", "missing", "a number"));
    if (!(factor > 0)) {
      throw parameters.unsupported("factor", factor, "a number above 0");
    }
    return (float) factor;
  }

  private static RopeScaling linear(float factor) {
    return factor == 1 ? new RopeScaling.None() : new RopeScaling.Linear(factor);
  }
}
