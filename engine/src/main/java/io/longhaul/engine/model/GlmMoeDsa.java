package io.longhaul.engine.model;

import io.longhaul.engine.cache.CacheLayout;
import io.longhaul.engine.cache.CacheLayout.Plane;
import io.longhaul.engine.cache.KvCache;
import io.longhaul.engine.kernel.Compute;
import io.longhaul.engine.kernel.Selection;
import io.longhaul.engine.model.GatedMlp.Activation;
import io.longhaul.engine.model.RopeConfig.Pairing;
import io.longhaul.engine.model.Stages.Stage;
import io.longhaul.engine.tensor.FloatMatrix;
import io.longhaul.engine.tensor.TensorType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * GLM-5, 5.1, 5.2 and 5.3: multi-head latent attention over the positions that a lightning indexer
 * selects, and a mixture of experts (GLM-5, 2026; DeepSeek-V3.2, 2025). Some layers have an indexer
 * of their own, the others share its choice.
 *
 * <pre>
 * x  = norm(h)
 * qr = norm(Wq_a x);  lat, k_pe = norm, rotate(Wkv_a x)      one row for all heads, cached
 * S  = the topK positions with the highest indexer scores     full layers; else S of the last one
 * q  = Wq_b qr, rotated, absorbed: Wk_b[h]ᵀ q_nope[h] | q_pe[h]
 * h += Wo concat(Wv_b[h] Σ_{p in S} softmax(q[h] · (lat | k_pe)[p]) lat[p])
 * h += block(norm(h))                                          dense, or experts and a shared one
 * </pre>
 *
 * DeepSeek-V3 and GLM-4.7-Flash are the same without an indexer: their tokens see all positions.
 */
final class GlmMoeDsa implements Decoder {
  /** One layer; {@code indexer} is absent where the choice of an earlier one is shared. */
  record Layer(
      FloatMatrix attentionNorm,
      MultiHeadLatentAttention attention,
      int latentPlane,
      Optional<LightningIndexer> indexer,
      int keyPlane,
      FloatMatrix mlpNorm,
      FeedForward mlp) {}

  private final LatentConfig config;
  private final DecoderPass.Ends ends;
  private final List<Layer> layers;
  private final Optional<DraftLayer> draftLayer;
  private final Rope rope;
  private final Optional<Rope> indexerRope;

  private GlmMoeDsa(
      LatentConfig config,
      DecoderPass.Ends ends,
      List<Layer> layers,
      Optional<DraftLayer> draftLayer) {
    this.config = config;
    this.ends = ends;
    this.layers = layers;
    this.draftLayer = draftLayer;
    this.rope = new Rope(config.rope());
    this.indexerRope = config.indexer().map(indexer -> new Rope(indexer.rope()));
  }

  /** GLM-5 and later: the indexer turns neighbouring dimensions together. */
  static Decoder load(Checkpoint file) {
    return load(file, Optional.of(Pairing.INTERLEAVED));
  }

  /** DeepSeek-V3.2: the indexer turns dimensions half a head apart together. */
  static Decoder loadDeepSeekV32(Checkpoint file) {
    return load(file, Optional.of(Pairing.HALF_SPLIT));
  }

  /** DeepSeek-V3 and GLM-4.7-Flash: no indexer. */
  static Decoder loadDense(Checkpoint file) {
    return load(file, Optional.empty());
  }

  private static Decoder load(Checkpoint file, Optional<Pairing> indexerPairing) {
    HfConfig.requireActivation(file, "hidden_act", "silu");
    LatentConfig config = LatentConfigs.read(file, indexerPairing);
    Checkpoint named = file.withNames(TensorNames.of(file, TensorNames.LATENT));
    List<Layer> layers = new ArrayList<>();
    int planes = 0;
    for (int i = 0; i < config.layers(); i++) {
      Layer layer = layer(named, config, i, planes);
      layers.add(layer);
      planes = layer.keyPlane + (layer.indexer.isPresent() ? 1 : 0);
    }
    DecoderPass.Ends ends =
        DecoderPass.Ends.load(named, config.vocabSize(), config.hiddenSize(), config.rmsNormEps());
    return new GlmMoeDsa(config, ends, layers, draftLayer(named, config, ends, planes));
  }

  /** Files may promise a layer for multi-token prediction and not hold it. */
  private static Optional<DraftLayer> draftLayer(
      Checkpoint file, LatentConfig config, DecoderPass.Ends ends, int firstPlane) {
    int i = config.layers();
    if (config.mtpLayers() == 0 || !file.has("blk." + i + ".nextn.eh_proj.weight")) {
      return Optional.empty();
    }
    return Optional.of(DraftLayer.load(file, config, ends, i, layer(file, config, i, firstPlane)));
  }

  private static Layer layer(Checkpoint file, LatentConfig config, int i, int firstPlane) {
    int hidden = config.hiddenSize();
    String block = "blk." + i + ".";
    return new Layer(
        file.vector(block + "attn_norm.weight", hidden),
        MultiHeadLatentAttention.load(file, block, config),
        firstPlane,
        config
            .indexer()
            .filter(indexer -> indexer.full().get(i))
            .map(indexer -> LightningIndexer.load(file, block, config, indexer)),
        firstPlane + 1,
        file.vector(block + "ffn_norm.weight", hidden),
        i >= config.layers() || config.sparse().get(i)
            ? MixtureOfExperts.load(file, block, hidden, config.experts().orElseThrow())
            : GatedMlp.load(file, block, hidden, config.intermediateSize(), Activation.SILU));
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
  public boolean canDraft() {
    return draftLayer.isPresent();
  }

  /** A latent row for each layer, and an indexer key where the layer has an indexer. */
  @Override
  public CacheLayout cacheLayout(TensorType type, boolean drafting) {
    List<Layer> cached = new ArrayList<>(layers);
    if (drafting) {
      cached.add(draftLayer.orElseThrow().layer());
    }
    List<Plane> planes = new ArrayList<>();
    for (Layer layer : cached) {
      planes.add(Plane.rows(1, config.rowWidth(), type));
      layer.indexer.ifPresent(
          indexer -> planes.add(Plane.columns(indexer.config().headDim(), type)));
    }
    return new CacheLayout(planes);
  }

  @Override
  public Decoder.Pass newPass(Compute compute, int maxTokens) {
    return new Pass(compute, maxTokens);
  }

  /** The tokens of a pass: where they are, and the angles of these positions. */
  private record Positions(int first, int tokens, Rope.Angles angles, Rope.Angles indexerAngles) {}

  private final class Pass extends DecoderPass implements Drafting {
    private final MultiHeadLatentAttention.Buffers attention;
    private final Optional<LightningIndexer.Buffers> indexer;
    private final FeedForwardBuffers mlp;
    private final Selection selection;
    private final Optional<Drafter> drafter;

    Pass(Compute compute, int maxTokens) {
      super(ends, compute, maxTokens);
      attention = MultiHeadLatentAttention.Buffers.allocate(arena, maxTokens, config);
      indexer = config.indexer().map(ix -> new LightningIndexer.Buffers(arena, maxTokens, ix));
      mlp =
          FeedForwardBuffers.allocate(
              arena, maxTokens, config.hiddenSize(), config.intermediateSize(), config.experts());
      selection =
          new Selection(maxTokens, config.indexer().map(ix -> ix.topK() + MOST_DRAFTS).orElse(0));
      drafter = draftLayer.map(layer -> new Drafter(layer, ends, compute, maxTokens));
    }

    @Override
    void layers(int tokens, KvCache cache) {
      Positions positions = positions(cache.length(), tokens);
      for (int i = 0; i < layers.size(); i++) {
        layer(i, layers.get(i), positions, true, cache);
      }
    }

    /** Without an indexer, or before its turn, tokens see all positions up to their own. */
    private Positions positions(int first, int tokens) {
      Rope.Angles angles = rope.angles(first, tokens);
      for (int t = 0; t < tokens; t++) {
        selection.selectAll(t, first + t + 1);
      }
      return new Positions(
          first, tokens, angles, indexerRope.map(r -> r.angles(first, tokens)).orElse(angles));
    }

    /**
     * One layer over {@link #h}, in place.
     *
     * @param selecting whether the layer's indexer is asked; else the selection stays as it is
     */
    private void layer(int i, Layer layer, Positions positions, boolean selecting, KvCache cache) {
      int first = positions.first;
      int tokens = positions.tokens;
      norm(h, tokens, layer.attentionNorm, x);
      stages.enter(Stage.PROJECTIONS);
      MultiHeadLatentAttention mla = layer.attention;
      mla.down(compute, layer.latentPlane, x, first, tokens, positions.angles, cache, attention);
      if (layer.indexer.isPresent() && selecting) {
        layer
            .indexer
            .get()
            .select(
                compute,
                layer.keyPlane,
                x,
                attention.queryLatents(),
                first,
                tokens,
                positions.indexerAngles,
                cache,
                indexer.orElseThrow(),
                stages,
                selection);
        reportSelection(i, tokens, first);
      }
      stages.enter(Stage.PROJECTIONS);
      mla.queries(compute, x, tokens, positions.angles, attention);
      stages.enter(Stage.ATTENTION);
      mla.attend(compute, layer.latentPlane, tokens, selection, cache, attention);
      stages.enter(Stage.PROJECTIONS);
      mla.output(compute, tokens, attention, delta);
      stages.enter(Stage.REST);
      addToResidual(tokens);

      norm(h, tokens, layer.mlpNorm, x);
      stages.enter(layer.mlp instanceof MixtureOfExperts ? Stage.EXPERTS : Stage.REST);
      layer.mlp.forward(compute, x, tokens, mlp, routing(i, first), delta);
      stages.enter(Stage.REST);
      addToResidual(tokens);
    }

    @Override
    public Optional<Drafting> drafting() {
      return drafter.map(layer -> this);
    }

    @Override
    public void follow(int[] tokens, int from, int count, KvCache cache) {
      stages.enter(Stage.DRAFTS);
      cache.reserve(from, count + MOST_DRAFTS);
      Drafter d = drafter.orElseThrow();
      d.begin(h, tokens, from, count);
      draftLayer(d, from, count, true, cache);
      stages.enter(Stage.IDLE);
    }

    @Override
    public int[] draft(int position, int count, KvCache cache) {
      stages.enter(Stage.DRAFTS);
      Drafter d = drafter.orElseThrow();
      int[] drafts = new int[count];
      // The first draft's selection serves the others, which see each other beside it.
      int[] selected = selection.positions(d.lastRow());
      for (int i = 0; i < count; i++) {
        if (i > 0) {
          d.next(h, drafts[i - 1]);
          Positions positions = positions(position + i - 1, 1);
          if (selected.length < position) {
            selected = Arrays.copyOf(selected, selected.length + 1);
            selected[selected.length - 1] = position + i - 1;
            selection.selectList(0, selected);
          }
          layer(config.layers(), d.weights().layer(), positions, false, cache);
          d.end(h, 1);
        }
        drafts[i] = d.best();
      }
      stages.enter(Stage.IDLE);
      return drafts;
    }

    private void draftLayer(Drafter d, int from, int count, boolean selecting, KvCache cache) {
      layer(config.layers(), d.weights().layer(), positions(from, count), selecting, cache);
      d.end(h, count);
    }

    private void reportSelection(int layer, int tokens, int first) {
      if (isObserved()) {
        for (int t = 0; t < tokens; t++) {
          observer().selected(layer, first + t, selection.positions(t));
        }
      }
    }

    @Override
    public void close() {
      indexer.ifPresent(LightningIndexer.Buffers::close);
      drafter.ifPresent(Drafter::close);
      super.close();
    }
  }
}
