package io.longhaul.benchmarks.depth;

import io.longhaul.engine.cache.KvCache;
import io.longhaul.engine.model.Decoder;
import io.longhaul.engine.model.Stages.Stage;
import io.longhaul.engine.tensor.FloatMatrix;
import io.longhaul.engine.tensor.TensorType;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** Times single tokens and pieces of prompt at any depth of one cache. */
final class DepthRun implements AutoCloseable {
  private final LoadedDecoder model;
  private final Decoder.Pass pass;
  private final KvCache cache;
  private final SyntheticCache filler = new SyntheticCache();
  private final Arena arena = Arena.ofShared();
  private final FloatMatrix logits;
  private final SplittableRandom random = new SplittableRandom(1);

  DepthRun(LoadedDecoder model, int maxTokens, TensorType cacheType) {
    this.model = model;
    this.pass = model.decoder().newPass(model.compute(), maxTokens);
    this.cache = new KvCache(model.decoder().cacheLayout(cacheType, false));
    this.logits = FloatMatrix.allocate(arena, 1, model.decoder().vocabSize());
  }

  /** Makes the cache this deep. */
  void deepen(int depth) {
    filler.fill(cache, depth);
  }

  /** Bytes of the cache at a depth, as planned. */
  long cacheBytes(int depth) {
    return cache.layout().bytes(depth);
  }

  /**
   * Generates tokens one by one, each at the depth that the cache has.
   *
   * @return seconds of each token
   */
  Timing decode(int tokens) {
    return time(tokens, 1);
  }

  /** Runs {@code tokens} of a prompt in one pass, at the depth that the cache has. */
  Timing prefill(int tokens) {
    return time(1, tokens);
  }

  private Timing time(int repetitions, int tokens) {
    int depth = cache.length();
    Map<Stage, Long> before = pass.stages().nanos();
    List<Double> seconds = new ArrayList<>();
    for (int i = 0; i < repetitions; i++) {
      int[] text = random.ints(tokens, 0, model.decoder().vocabSize()).toArray();
      long start = System.nanoTime();
      pass.forward(text, 0, tokens, cache);
      pass.logits(tokens - 1, 1, logits);
      seconds.add((System.nanoTime() - start) / 1e9);
      cache.truncate(depth);
    }
    Map<Stage, Double> stages = new EnumMap<>(Stage.class);
    pass.stages()
        .nanos()
        .forEach(
            (stage, nanos) ->
                stages.put(stage, (nanos - before.getOrDefault(stage, 0L)) / 1e9 / repetitions));
    return new Timing(seconds, stages);
  }

  /**
   * What was measured.
   *
   * @param seconds of each pass
   * @param stages the mean seconds that a pass spent in each stage
   */
  record Timing(List<Double> seconds, Map<Stage, Double> stages) {
    double median() {
      double[] sorted = seconds.stream().mapToDouble(Double::doubleValue).sorted().toArray();
      return sorted[sorted.length / 2];
    }
  }

  @Override
  public void close() {
    pass.close();
    cache.close();
    filler.close();
    arena.close();
  }
}
