package io.longhaul.benchmarks.mapped;

import io.longhaul.engine.GenerationOptions;
import io.longhaul.engine.LoadOptions;
import io.longhaul.engine.Model;
import io.longhaul.engine.Session;
import io.longhaul.engine.SessionOptions;
import io.longhaul.engine.file.Prefetch;
import io.longhaul.engine.file.PrefetchStatistics;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Decodes random tokens, one pass each, with a model that is loaded for it: first some unmeasured,
 * then those that are timed, then some whose experts' pages are counted.
 *
 * @param evictAll whether the model's file is forgotten before
 * @param evictShare the probability with which each expert is forgotten before each token
 */
record MappedRun(
    Path file,
    int threads,
    int warmUp,
    int timed,
    int counted,
    boolean evictAll,
    double evictShare) {

  /**
   * What came of it.
   *
   * @param seconds of each timed token
   * @param answers the likeliest token after each token: the same whatever is prefetched
   * @param experts of the counted tokens
   * @param counters of the timed tokens
   */
  record Result(
      Prefetch prefetch,
      List<Double> seconds,
      List<Integer> answers,
      PrefetchStatistics experts,
      Counters counters) {
    double tokensPerSecond() {
      return seconds.size() / seconds.stream().mapToDouble(s -> s).sum();
    }
  }

  /**
   * Runs once.
   *
   * @param seed of the tokens and of what is forgotten
   */
  Result run(Prefetch prefetch, long seed) throws IOException {
    if (evictAll) {
      try (Eviction eviction = new Eviction(file)) {
        eviction.all();
      }
    }
    int length = warmUp + timed + counted;
    LoadOptions options = LoadOptions.defaults().withThreads(threads).withPrefetch(prefetch);
    // One token a pass: buffers for more would be memory that the model's pages lack.
    SessionOptions context =
        SessionOptions.defaults().withContextLength(length + 1).withBatchSize(1);
    try (Model model = Model.load(file, options);
        Session session = model.newSession(context);
        Scarcity scarcity = scarcity(seed)) {
      int[] text = new SplittableRandom(seed).ints(length, 0, model.vocabularySize()).toArray();
      var decoding = new Decoding(session, text, scarcity);
      decoding.tokens(0, warmUp);
      decoding.seconds.clear();
      Counters begun = Counters.read();
      decoding.tokens(warmUp, timed);
      Counters counters = Counters.read().since(begun);
      List<Double> seconds = List.copyOf(decoding.seconds);
      PrefetchStatistics untilThen = model.prefetchStatistics();
      model.countPages(true);
      decoding.tokens(warmUp + timed, counted);
      return new Result(
          prefetch,
          seconds,
          decoding.answers,
          model.prefetchStatistics().since(untilThen),
          counters);
    }
  }

  /** What happens before each token. */
  private interface Scarcity extends AutoCloseable {
    void beforeToken() throws IOException;

    @Override
    void close();
  }

  private Scarcity scarcity(long seed) throws IOException {
    if (evictShare == 0) {
      return new Scarcity() {
        @Override
        public void beforeToken() {}

        @Override
        public void close() {}
      };
    }
    var eviction = new ExpertEviction(file);
    var random = new SplittableRandom(~seed);
    return new Scarcity() {
      @Override
      public void beforeToken() throws IOException {
        eviction.forget(evictShare, random);
      }

      @Override
      public void close() {
        eviction.close();
      }
    };
  }

  /** A text that grows by a token at a time. */
  private static final class Decoding {
    private static final GenerationOptions ONE =
        GenerationOptions.ofMaxTokens(1).withStopAtEndTokens(false);

    private final Session session;
    private final int[] text;
    private final Scarcity scarcity;
    private final List<Double> seconds = new ArrayList<>();
    private final List<Integer> answers = new ArrayList<>();

    Decoding(Session session, int[] text, Scarcity scarcity) {
      this.session = session;
      this.text = text;
      this.scarcity = scarcity;
    }

    void tokens(int from, int count) throws IOException {
      for (int i = from; i < from + count; i++) {
        scarcity.beforeToken();
        int[] known = Arrays.copyOf(text, i + 1);
        long start = System.nanoTime();
        // All but the last token are known to the session, so this is one pass over it.
        answers.addAll(session.generate(known, ONE, ignored -> {}).tokens());
        seconds.add((System.nanoTime() - start) / 1e9);
      }
    }
  }
}
