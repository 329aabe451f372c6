package io.longhaul.engine.model;

import io.longhaul.engine.cache.CacheLayout;
import io.longhaul.engine.cache.KvCache;
import io.longhaul.engine.kernel.Compute;
import io.longhaul.engine.kernel.Compute.Product;
import io.longhaul.engine.kernel.IndexScores;
import io.longhaul.engine.kernel.Selection;
import io.longhaul.engine.kernel.TopK;
import io.longhaul.engine.kernel.Weights;
import io.longhaul.engine.model.LatentConfig.Indexer;
import io.longhaul.engine.model.Stages.Stage;
import io.longhaul.engine.tensor.FloatMatrix;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;

/**
 * The lightning indexer (DeepSeek-V3.2, 2025): small heads score every cached position for a token,
 * which then attends to the best ones alone.
 *
 * @param queryUp {@code heads · headDim × qLoraRank}: from the queries' latent
 * @param key {@code headDim × hidden}: one key a position for all heads
 * @param weights {@code heads × hidden}: how much each head counts, negative ones too
 */
record LightningIndexer(
    Indexer config,
    Weights queryUp,
    Weights key,
    FloatMatrix keyNorm,
    FloatMatrix keyNormBias,
    Weights weights) {

  /** Work buffers of all indexers; {@code scores} grows with the text, one float a position. */
  static final class Buffers implements AutoCloseable {
    private final FloatMatrix queries;
    private final FloatMatrix keys;
    private final FloatMatrix weights;
    private final TopK topK = new TopK();
    private Arena scoresArena = Arena.ofShared();
    private FloatMatrix scores;

    Buffers(Arena arena, int tokens, Indexer config) {
      queries = FloatMatrix.allocate(arena, tokens, config.heads() * config.headDim());
      keys = FloatMatrix.allocate(arena, tokens, config.headDim());
      weights = FloatMatrix.allocate(arena, tokens, config.heads());
      scores = FloatMatrix.allocate(scoresArena, 1, 1);
    }

    private FloatMatrix scores(int positions) {
      if (scores.columns() < positions) {
        scoresArena.close();
        scoresArena = Arena.ofShared();
        // An eighth more than needed, so that it seldom grows again.
        scores = FloatMatrix.allocate(scoresArena, 1, positions + positions / 8);
      }
      return scores;
    }

    @Override
    public void close() {
      scoresArena.close();
    }
  }

  static LightningIndexer load(Checkpoint file, String block, LatentConfig c, Indexer config) {
    String indexer = block + "indexer.";
    int width = config.heads() * config.headDim();
    return new LightningIndexer(
        config,
        file.matrix(indexer + "attn_q_b.weight", width, c.qLoraRank()),
        file.matrix(indexer + "attn_k.weight", config.headDim(), c.hiddenSize()),
        file.vector(indexer + "k_norm.weight", config.headDim()),
        file.vector(indexer + "k_norm.bias", config.headDim()),
        file.matrix(indexer + "proj.weight", config.heads(), c.hiddenSize()));
  }

  /**
   * Caches the tokens' keys and selects what each attends to. Up to {@code topK} positions that is
   * all of them, and nothing needs a score.
   */
  void select(
      Compute compute,
      int plane,
      FloatMatrix x,
      FloatMatrix queryLatents,
      int first,
      int tokens,
      Rope.Angles angles,
      KvCache cache,
      Buffers b,
      Stages stages,
      Selection selection) {
    boolean scored = first + tokens > config.topK();
    List<Product> products = new ArrayList<>();
    products.add(new Product(key, x, tokens, b.keys));
    if (scored) {
      products.add(new Product(queryUp, queryLatents, tokens, b.queries));
      products.add(new Product(weights, x, tokens, b.weights));
    }
    compute.multiply(products);
    compute.forEachToken(
        tokens,
        t -> {
          compute
              .kernels()
              .layerNorm(b.keys, t, keyNorm, keyNormBias, config.layerNormEps(), b.keys);
          angles.rotate(b.keys, t, 0);
          cache.write(plane, first + t, b.keys, t, 0);
          if (scored) {
            rotateAndScale(t, angles, b);
          }
        });
    for (int t = 0; t < tokens; t++) {
      int positions = first + t + 1;
      if (positions <= config.topK()) {
        selection.selectAll(t, positions);
        continue;
      }
      stages.enter(Stage.INDEXER_SCORES);
      FloatMatrix scores = b.scores(pages(positions));
      compute.indexScores(
          new IndexScores(b.queries, b.weights, cache.plane(plane), scores), t, positions);
      stages.enter(Stage.SELECTION);
      b.topK.scores(scores.segment(), positions);
      selection.selectTop(t, config.topK(), b.topK);
    }
  }

  /** Scores are computed for whole pages. */
  private static int pages(int positions) {
    return Math.ceilDiv(positions, CacheLayout.PAGE_SIZE) * CacheLayout.PAGE_SIZE;
  }

  private void rotateAndScale(int t, Rope.Angles angles, Buffers b) {
    float scale = (float) (1 / Math.sqrt((double) config.heads() * config.headDim()));
    angles.rotate(b.queries, t, 0, config.heads(), config.headDim(), t);
    for (int h = 0; h < config.heads(); h++) {
      b.weights.set(t, h, b.weights.get(t, h) * scale);
    }
  }
}
