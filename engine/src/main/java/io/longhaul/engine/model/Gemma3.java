package io.longhaul.engine.model;

import io.longhaul.engine.cache.CacheLayout;
import io.longhaul.engine.cache.KvCache;
import io.longhaul.engine.file.Metadata;
import io.longhaul.engine.kernel.Attention;
import io.longhaul.engine.kernel.Compute;
import io.longhaul.engine.model.Checkpoint.Source;
import io.longhaul.engine.model.GatedMlp.Activation;
import io.longhaul.engine.model.GroupedQueryAttention.Geometry;
import io.longhaul.engine.model.GroupedQueryAttention.HeadNorms;
import io.longhaul.engine.model.RopeConfig.Pairing;
import io.longhaul.engine.tensor.FloatMatrix;
import io.longhaul.engine.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Gemma 3, the text decoder (Gemma Team 2025): embeddings scaled by sqrt(hidden), norms before and
 * after each block, and five layers with a sliding window and their own rope base to each layer
 * with full attention.
 */
record Gemma3(DecoderConfig config, DecoderPass.Ends ends, List<Layer> layers, Ropes ropes)
    implements Decoder {
  private static final int DEFAULT_PATTERN = 6;
  private static final double DEFAULT_LOCAL_BASE = 10_000;

  /** The layers of the 27B model, whose scores alone are scaled by hidden / heads. */
  private static final int LAYERS_27B = 62;

  /** What published configurations leave out where it is as in transformers' Gemma3TextConfig. */
  static final Map<String, Object> DEFAULTS =
      Map.ofEntries(
          Map.entry("model_type", "gemma3_text"),
          Map.entry("vocab_size", 262_208L),
          Map.entry("hidden_size", 2304L),
          Map.entry("intermediate_size", 9216L),
          Map.entry("num_hidden_layers", 26L),
          Map.entry("num_attention_heads", 8L),
          Map.entry("num_key_value_heads", 4L),
          Map.entry("head_dim", 256L),
          Map.entry("max_position_embeddings", 131_072L),
          Map.entry("rms_norm_eps", 1e-6),
          Map.entry("query_pre_attn_scalar", 256L),
          Map.entry("sliding_window", 4096L),
          Map.entry("rope_theta", 1e6));

  record Layer(
      boolean sliding,
      FloatMatrix attentionNorm,
      GroupedQueryAttention attention,
      FloatMatrix postAttentionNorm,
      FloatMatrix mlpNorm,
      GatedMlp mlp,
      FloatMatrix postMlpNorm) {}

  /** The rotations of sliding layers and of the others. */
  record Ropes(Rope sliding, Rope full) {}

  /** What Gemma 3 has beyond other decoders. */
  private record Extras(List<Boolean> sliding, int window, float scoreScale, RopeConfig local) {}

  static Decoder load(Checkpoint file) {
    DecoderConfig config;
    Extras extras;
    switch (file.source()) {
      case Source.Gguf(Metadata metadata) -> {
        config = DecoderConfigs.read(file, Pairing.HALF_SPLIT);
        extras = gguf(metadata, config);
      }
      case Source.HuggingFace(HfConfig outer) -> {
        HfConfig text = TextConfigs.of(outer);
        config = DecoderConfigs.huggingFace(withGlobalRope(text));
        extras = huggingFace(text, config);
      }
    }
    return load(file.withNames(TensorNames.of(file, TensorNames.GEMMA3)), config, extras);
  }

  private static Extras gguf(Metadata metadata, DecoderConfig config) {
    String prefix = config.architecture() + ".";
    int window = metadata.requireInteger(prefix + "attention.sliding_window");
    int pattern =
        metadata.integer(prefix + "attention.sliding_window_pattern").orElse(DEFAULT_PATTERN);
    double base = metadata.number(prefix + "rope.freq_base_swa").orElse(DEFAULT_LOCAL_BASE);
    double scoreWidth =
        config.layers() == LAYERS_27B
            ? (double) config.hiddenSize() / config.heads()
            : config.headDim();
    return new Extras(
        pattern(config.layers(), pattern),
        window,
        (float) (1 / Math.sqrt(scoreWidth)),
        new RopeConfig(
            (float) base, config.rope().dimensions(), Pairing.HALF_SPLIT, new RopeScaling.None()));
  }

  /** The text configuration with the rope parameters of its full layers where all can find them. */
  private static HfConfig withGlobalRope(HfConfig text) {
    return text.object("rope_parameters")
        .flatMap(parameters -> parameters.object("full_attention"))
        .map(full -> text.with("rope_parameters", full))
        .orElse(text);
  }

  private static Extras huggingFace(HfConfig text, DecoderConfig config) {
    HfConfig.requireActivation(text, "hidden_activation", "gelu_pytorch_tanh");
    for (String key : List.of("attn_logit_softcapping", "final_logit_softcapping")) {
      if (text.has(key)) {
        throw text.unsupported(key, text.number(key, 0), "none");
      }
    }
    List<Boolean> sliding =
        text.list("layer_types")
            .map(types -> types.stream().map("sliding_attention"::equals).toList())
            .orElseGet(
                () ->
                    pattern(
                        config.layers(), text.integer("sliding_window_pattern", DEFAULT_PATTERN)));
    if (sliding.size() != config.layers()) {
      throw text.unsupported("layer_types", sliding.size() + " long", "one for each layer");
    }
    RopeConfig local =
        text.object("rope_parameters")
            .flatMap(parameters -> parameters.object("sliding_attention"))
            .map(
                parameters ->
                    RopeConfigs.huggingFace(
                        text,
                        parameters,
                        parameters.number("rope_theta", DEFAULT_LOCAL_BASE),
                        config.headDim()))
            .orElseGet(
                () ->
                    new RopeConfig(
                        (float) text.number("rope_local_base_freq", DEFAULT_LOCAL_BASE),
                        config.headDim(),
                        Pairing.HALF_SPLIT,
                        new RopeScaling.None()));
    return new Extras(
        sliding,
        text.requireInteger("sliding_window"),
        (float) (1 / Math.sqrt(text.number("query_pre_attn_scalar", config.headDim()))),
        local);
  }

  private static List<Boolean> pattern(int layers, int every) {
    List<Boolean> sliding = new ArrayList<>();
    for (int i = 0; i < layers; i++) {
      sliding.add((i + 1) % Math.max(1, every) != 0);
    }
    return sliding;
  }

  private static Gemma3 load(Checkpoint file, DecoderConfig config, Extras extras) {
    int hidden = config.hiddenSize();
    int headDim = config.headDim();
    List<Layer> layers = new ArrayList<>();
    for (int i = 0; i < config.layers(); i++) {
      String block = "blk." + i + ".";
      boolean sliding = extras.sliding.get(i);
      Geometry geometry =
          new Geometry(
              config.heads(),
              config.kvHeads(),
              headDim,
              extras.scoreScale,
              sliding ? extras.window : Attention.NO_WINDOW);
      HeadNorms headNorms =
          new HeadNorms(
              norm(file, block + "attn_q_norm.weight", headDim),
              norm(file, block + "attn_k_norm.weight", headDim),
              config.rmsNormEps());
      layers.add(
          new Layer(
              sliding,
              norm(file, block + "attn_norm.weight", hidden),
              GroupedQueryAttention.load(file, block, hidden, geometry, Optional.of(headNorms)),
              norm(file, block + "post_attention_norm.weight", hidden),
              norm(file, block + "ffn_norm.weight", hidden),
              GatedMlp.load(file, block, hidden, config.intermediateSize(), Activation.GELU_TANH),
              norm(file, block + "post_ffw_norm.weight", hidden)));
    }
    DecoderPass.Ends loaded =
        DecoderPass.Ends.load(file, config.vocabSize(), config.hiddenSize(), config.rmsNormEps());
    DecoderPass.Ends ends =
        new DecoderPass.Ends(
            loaded.embedding(),
            norm(file, "output_norm.weight", hidden),
            loaded.rmsNormEps(),
            loaded.head());
    return new Gemma3(
        config, ends, layers, new Ropes(new Rope(extras.local), new Rope(config.rope())));
  }

  /** A norm's weights; Hugging Face checkpoints store them less one, GGUF files do not. */
  private static FloatMatrix norm(Checkpoint file, String name, int length) {
    FloatMatrix weights = file.vector(name, length);
    if (file.source() instanceof Source.HuggingFace) {
      for (int c = 0; c < length; c++) {
        weights.set(0, c, weights.get(0, c) + 1);
      }
    }
    return weights;
  }

  @Override
  public String architecture() {
    return config.architecture();
  }

  @Override
  public int contextLength() {
    return config.contextLength();
  }

  @Override
  public int vocabSize() {
    return config.vocabSize();
  }

  @Override
  public CacheLayout cacheLayout(TensorType type, boolean drafting) {
    return CacheLayout.groupedQuery(config.layers(), config.kvHeads(), config.headDim(), type);
  }

  @Override
  public Decoder.Pass newPass(Compute compute, int maxTokens) {
    return new Pass(compute, maxTokens);
  }

  private final class Pass extends DecoderPass {
    private final GroupedQueryAttention.Buffers attention;
    private final FeedForwardBuffers mlp;

    Pass(Compute compute, int maxTokens) {
      super(ends, compute, maxTokens);
      attention =
          GroupedQueryAttention.Buffers.allocate(
              arena, maxTokens, config.heads(), config.kvHeads(), config.headDim());
      mlp =
          FeedForwardBuffers.allocate(
              arena, maxTokens, config.hiddenSize(), config.intermediateSize(), Optional.empty());
    }

    @Override
    float embeddingScale() {
      return (float) Math.sqrt(config.hiddenSize());
    }

    @Override
    void layers(int tokens, KvCache cache) {
      Rope.Angles local = ropes.sliding.angles(cache.length(), tokens);
      Rope.Angles global = ropes.full.angles(cache.length(), tokens);
      for (int i = 0; i < layers.size(); i++) {
        Layer layer = layers.get(i);
        Rope.Angles angles = layer.sliding ? local : global;
        norm(h, tokens, layer.attentionNorm, x);
        layer.attention.forward(compute, i, x, tokens, angles, cache, attention, delta);
        norm(delta, tokens, layer.postAttentionNorm, delta);
        addToResidual(tokens);
        norm(h, tokens, layer.mlpNorm, x);
        layer.mlp.forward(compute, x, tokens, mlp, FeedForward.UNHEARD, delta);
        norm(delta, tokens, layer.postMlpNorm, delta);
        addToResidual(tokens);
      }
    }
  }
}
