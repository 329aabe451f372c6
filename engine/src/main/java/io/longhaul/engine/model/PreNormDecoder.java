package io.longhaul.engine.model;

import io.longhaul.engine.cache.CacheLayout;
import io.longhaul.engine.cache.KvCache;
import io.longhaul.engine.kernel.Compute;
import io.longhaul.engine.model.GatedMlp.Activation;
import io.longhaul.engine.model.GroupedQueryAttention.Geometry;
import io.longhaul.engine.model.GroupedQueryAttention.HeadNorms;
import io.longhaul.engine.tensor.FloatMatrix;
import io.longhaul.engine.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.IntPredicate;
import java.util.function.IntUnaryOperator;

/**
 * The decoder of the Llama family: a norm before each of the two blocks of a layer, their outputs
 * added to the residual stream. {@link Llama}, {@link Qwen3} and {@link Glm4Moe} differ in what
 * their attention holds and in which layers have experts.
 */
record PreNormDecoder(
    DecoderConfig config,
    Optional<ExpertsConfig> experts,
    DecoderPass.Ends ends,
    List<Layer> layers,
    Rope rope)
    implements Decoder {

  record Layer(
      FloatMatrix attentionNorm,
      GroupedQueryAttention attention,
      FloatMatrix mlpNorm,
      FeedForward mlp) {}

  /**
   * Takes the weights from a checkpoint.
   *
   * @param window of each layer
   * @param headNorms of the block whose name prefix it is given
   */
  static PreNormDecoder load(
      Checkpoint file,
      DecoderConfig config,
      IntUnaryOperator window,
      Function<String, Optional<HeadNorms>> headNorms) {
    return load(file, config, window, headNorms, Optional.empty(), layer -> false);
  }

  /**
   * Takes the weights from a checkpoint some of whose layers have experts.
   *
   * @param experts their shape
   * @param sparse which layers have some
   */
  static PreNormDecoder load(
      Checkpoint file,
      DecoderConfig config,
      IntUnaryOperator window,
      Function<String, Optional<HeadNorms>> headNorms,
      Optional<ExpertsConfig> experts,
      IntPredicate sparse) {
    int hidden = config.hiddenSize();
    float scale = (float) (1 / Math.sqrt(config.headDim()));
    List<Layer> layers = new ArrayList<>();
    for (int i = 0; i < config.layers(); i++) {
      String block = "blk." + i + ".";
      Geometry geometry =
          new Geometry(
              config.heads(), config.kvHeads(), config.headDim(), scale, window.applyAsInt(i));
      layers.add(
          new Layer(
              file.vector(block + "attn_norm.weight", hidden),
              GroupedQueryAttention.load(file, block, hidden, geometry, headNorms.apply(block)),
              file.vector(block + "ffn_norm.weight", hidden),
              sparse.test(i)
                  ? MixtureOfExperts.load(file, block, hidden, experts.orElseThrow())
                  : GatedMlp.load(
                      file, block, hidden, config.intermediateSize(), Activation.SILU)));
    }
    return new PreNormDecoder(
        config,
        experts,
        DecoderPass.Ends.load(file, config.vocabSize(), config.hiddenSize(), config.rmsNormEps()),
        layers,
        new Rope(config.rope()));
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
              arena, maxTokens, config.hiddenSize(), config.intermediateSize(), experts);
    }

    @Override
    void layers(int tokens, KvCache cache) {
      Rope.Angles angles = rope.angles(cache.length(), tokens);
      for (int i = 0; i < layers.size(); i++) {
        Layer layer = layers.get(i);
        norm(h, tokens, layer.attentionNorm, x);
        layer.attention.forward(compute, i, x, tokens, angles, cache, attention, delta);
        addToResidual(tokens);
        norm(h, tokens, layer.mlpNorm, x);
        layer.mlp.forward(compute, x, tokens, mlp, routing(i, cache.length()), delta);
        addToResidual(tokens);
      }
    }
  }
}
