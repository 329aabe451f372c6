package io.longhaul.engine.model;

import io.longhaul.engine.ModelException;
import io.longhaul.engine.file.Metadata;
import io.longhaul.engine.model.LatentConfig.Indexer;
import io.longhaul.engine.model.RopeConfig.Pairing;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** Reads {@link LatentConfig} from GGUF metadata or from config.json. */
final class LatentConfigs {
  /** What transformers builds the latents' norms with, whatever the configuration says. */
  private static final float REFERENCE_EPS = 1e-6f;

  /** GLM-5.2 is known by its context in GGUF files that do not list their indexers. */
  private static final int CONTEXT_OF_SHARED_INDEXERS = 1 << 20;

  private static final int GLM_5_2_INDEXER_FREQUENCY = 4;
  private static final int GLM_5_2_INDEXER_OFFSET = 3;

  private LatentConfigs() {}

  /** How an architecture's indexers pair dimensions; empty if it has none. */
  static LatentConfig read(Checkpoint file, Optional<Pairing> indexerPairing) {
    return switch (file.source()) {
      case Checkpoint.Source.Gguf(Metadata metadata) -> gguf(file, metadata, indexerPairing);
      case Checkpoint.Source.HuggingFace(HfConfig config) ->
          huggingFace(config, file.referenceEpsilons(), indexerPairing);
    };
  }

  private static LatentConfig huggingFace(
      HfConfig config, boolean referenceEpsilons, Optional<Pairing> indexerPairing) {
    int layers = config.requireInteger("num_hidden_layers");
    ExpertsConfig.check(config.source(), "number of layers", layers, 1, 1 << 16);
    int nope = config.requireInteger("qk_nope_head_dim");
    int ropeDim = config.requireInteger("qk_rope_head_dim");
    float eps = (float) config.number("rms_norm_eps", 1e-6);
    RopeConfig rope = RopeConfigs.huggingFace(config, ropeDim);
    Pairing pairing =
        config.bool("rope_interleave", true) ? Pairing.INTERLEAVED : Pairing.HALF_SPLIT;
    List<Boolean> sparse = sparseLayers(config, layers);
    int mtp = config.integer("num_nextn_predict_layers", 0);
    ExpertsConfig.check(config.source(), "number of layers for multi-token prediction", mtp, 0, 8);
    return new LatentConfig(
            config.requireString("model_type"),
            config.requireInteger("vocab_size"),
            config.requireInteger("max_position_embeddings"),
            config.requireInteger("hidden_size"),
            layers,
            config.requireInteger("num_attention_heads"),
            config.integer("q_lora_rank", 0),
            config.requireInteger("kv_lora_rank"),
            nope,
            ropeDim,
            config.requireInteger("v_head_dim"),
            config.requireInteger("intermediate_size"),
            eps,
            referenceEpsilons ? REFERENCE_EPS : eps,
            (float) (scoreMagnitude(config) / Math.sqrt(nope + ropeDim)),
            rope.with(pairing),
            sparse,
            sparse.contains(true) || mtp > 0
                ? Optional.of(ExpertsConfigs.huggingFace(config, "n_routed_experts"))
                : Optional.empty(),
            indexerPairing.map(
                indexerPair ->
                    new Indexer(
                        config.requireInteger("index_n_heads"),
                        config.requireInteger("index_head_dim"),
                        config.requireInteger("index_topk"),
                        1e-6f,
                        rope.with(indexerPair),
                        withMtp(IndexerLayers.full(config, layers), mtp))),
            mtp)
        .checked(config.source());
  }

  /** YaRN's correction of the scores, as DeepSeek applies it: mscale squared. */
  private static double scoreMagnitude(HfConfig config) {
    HfConfig parameters =
        config.object("rope_parameters").or(() -> config.object("rope_scaling")).orElse(config);
    String type =
        parameters.string("rope_type").or(() -> parameters.string("type")).orElse("default");
    double mscaleAllDim = parameters.number("mscale_all_dim", 0);
    double factor = parameters.number("factor", 1);
    if (type.equals("default") || mscaleAllDim == 0 || factor <= 1) {
      return 1;
    }
    double mscale = 0.1 * mscaleAllDim * Math.log(factor) + 1;
    return mscale * mscale;
  }

  private static List<Boolean> sparseLayers(HfConfig config, int layers) {
    Optional<List<?>> types = config.list("mlp_layer_types");
    if (types.isPresent()) {
      return types.get().stream().map("sparse"::equals).limit(layers).toList();
    }
    int dense = config.integer("first_k_dense_replace", 0);
    return IntStream.range(0, layers).mapToObj(i -> i >= dense).toList();
  }

  /** Layers for multi-token prediction have indexers of their own. */
  private static List<Boolean> withMtp(List<Boolean> full, int mtpLayers) {
    List<Boolean> all = new ArrayList<>(full);
    all.addAll(Collections.nCopies(mtpLayers, true));
    return List.copyOf(all);
  }

  private static LatentConfig gguf(
      Checkpoint file, Metadata metadata, Optional<Pairing> indexerPairing) {
    String architecture = metadata.requireString("general.architecture");
    String prefix = architecture + ".";
    String attention = prefix + "attention.";
    int mtp = metadata.integer(prefix + "nextn_predict_layers").orElse(0);
    ExpertsConfig.check(
        metadata.source(), "number of layers for multi-token prediction", mtp, 0, 8);
    int layers = metadata.requireInteger(prefix + "block_count") - mtp;
    ExpertsConfig.check(metadata.source(), "number of layers", layers, 1, 1 << 16);
    int kvLoraRank = metadata.requireInteger(attention + "kv_lora_rank");
    int ropeDim = metadata.requireInteger(prefix + "rope.dimension_count");
    // key_length counts a cached row where keys are absorbed; key_length_mla is a head's width.
    int headDim =
        metadata
            .integer(attention + "key_length_mla")
            .orElseGet(() -> metadata.requireInteger(attention + "key_length"));
    int valueDim =
        metadata
            .integer(attention + "value_length_mla")
            .orElseGet(() -> metadata.requireInteger(attention + "value_length"));
    int vocab =
        file.shape("token_embd.weight")
            .map(shape -> shape.getFirst().intValue())
            .orElseThrow(
                () ->
                    new ModelException(
                        metadata.source() + ": tensor token_embd.weight is missing"));
    int context = metadata.requireInteger(prefix + "context_length");
    float eps = (float) metadata.requireNumber(attention + "layer_norm_rms_epsilon");
    RopeConfig rope =
        withoutPaperMagnitude(
            RopeConfigs.gguf(file, metadata, prefix, ropeDim, Pairing.INTERLEAVED));
    int dense = metadata.integer(prefix + "leading_dense_block_count").orElse(0);
    List<Boolean> sparse = IntStream.range(0, layers).mapToObj(i -> i >= dense).toList();
    return new LatentConfig(
            architecture,
            vocab,
            context,
            metadata.requireInteger(prefix + "embedding_length"),
            layers,
            metadata.requireInteger(attention + "head_count"),
            metadata.integer(attention + "q_lora_rank").orElse(0),
            kvLoraRank,
            headDim - ropeDim,
            ropeDim,
            valueDim,
            metadata.requireInteger(prefix + "feed_forward_length"),
            eps,
            file.referenceEpsilons() ? REFERENCE_EPS : eps,
            (float) (ggufScoreMagnitude(metadata, prefix, rope) / Math.sqrt(headDim)),
            rope,
            sparse,
            sparse.contains(true) || mtp > 0
                ? Optional.of(ExpertsConfigs.gguf(metadata, prefix, layers))
                : Optional.empty(),
            indexerPairing.map(
                pairing ->
                    new Indexer(
                        metadata.requireInteger(attention + "indexer.head_count"),
                        metadata.requireInteger(attention + "indexer.key_length"),
                        metadata.requireInteger(attention + "indexer.top_k"),
                        metadata
                            .number(attention + "layer_norm_epsilon")
                            .filter(value -> value > 0)
                            .orElse(1e-6)
                            .floatValue(),
                        rope.with(pairing),
                        withMtp(ggufFullIndexers(metadata, prefix, layers, context), mtp))),
            mtp)
        .checked(metadata.source());
  }

  /** DeepSeek's YaRN puts its magnitude into the scores, not into cosines and sines. */
  private static RopeConfig withoutPaperMagnitude(RopeConfig rope) {
    if (rope.scaling() instanceof RopeScaling.Yarn yarn) {
      float own = yarn.attentionFactor() / RopeScaling.Yarn.defaultAttentionFactor(yarn.factor());
      return rope.with(
          new RopeScaling.Yarn(
              yarn.factor(),
              yarn.betaFast(),
              yarn.betaSlow(),
              yarn.originalContext(),
              own,
              yarn.truncate()));
    }
    return rope;
  }

  private static double ggufScoreMagnitude(Metadata metadata, String prefix, RopeConfig rope) {
    if (rope.scaling() instanceof RopeScaling.Yarn yarn) {
      // The key holds 0.1 · mscale_all_dim.
      double slope = metadata.number(prefix + "rope.scaling.yarn_log_multiplier").orElse(0.0);
      double mscale = yarn.attentionFactor() * (1 + slope * Math.log(yarn.factor()));
      return mscale * mscale;
    }
    return 1;
  }

  /** Published files may lack the list: then GLM-5.2's table, or full everywhere before it. */
  private static List<Boolean> ggufFullIndexers(
      Metadata metadata, String prefix, int layers, int context) {
    Object types = metadata.values().get(prefix + "attention.indexer.types");
    switch (types) {
      case boolean[] flags -> {
        return IntStream.range(0, Math.min(layers, flags.length)).mapToObj(i -> flags[i]).toList();
      }
      case long[] flags -> {
        return LongStream.of(flags).limit(layers).mapToObj(flag -> flag != 0).toList();
      }
      case null -> {}
      default ->
          throw new ModelException(
              metadata.source()
                  + ": metadata field "
                  + prefix
                  + "attention.indexer.types is "
                  + types
                  + ", expected an array of integers or booleans");
    }
    boolean shared = prefix.equals("glm-dsa.") && context >= CONTEXT_OF_SHARED_INDEXERS;
    return shared
        ? IndexerLayers.everyNth(layers, GLM_5_2_INDEXER_FREQUENCY, GLM_5_2_INDEXER_OFFSET)
        : Collections.nCopies(layers, true);
  }
}
