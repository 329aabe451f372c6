package io.longhaul.engine;

import io.longhaul.engine.cache.KvCache;
import io.longhaul.engine.generate.Sampler;
import io.longhaul.engine.generate.StopMatcher;
import io.longhaul.engine.model.Decoder;
import io.longhaul.engine.tensor.FloatMatrix;
import io.longhaul.engine.text.Tokenizer;
import java.lang.foreign.Arena;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntPredicate;

/**
 * One text in the making: the tokens so far and what the model has computed for them.
 *
 * <p>Every call is given the whole text; what it shares with the text before is not computed again.
 * One thread at a time generates, others wait; {@link #cancel} may come from any thread.
 */
public final class Session implements AutoCloseable {
  /** Positions whose logits are computed together. */
  private static final int LOGIT_ROWS = 16;

  private final Model model;
  private final SessionOptions options;
  private final int contextLength;
  private final KvCache cache;
  private final Decoder.Pass pass;
  private final Arena arena = Arena.ofShared();
  private final FloatMatrix logits;
  private final ReentrantLock lock = new ReentrantLock();
  private int[] tokens = new int[256];
  private volatile boolean cancelled;
  private boolean closed;

  Session(Model model, SessionOptions options, KvCache cache) {
    this.model = model;
    this.options = options;
    this.cache = cache;
    int modelContext = model.contextLength();
    this.contextLength =
        options.contextLength() == 0
            ? modelContext
            : Math.min(options.contextLength(), modelContext);
    this.pass = model.decoder().newPass(model.compute(), options.batchSize());
    this.logits = FloatMatrix.allocate(arena, LOGIT_ROWS, model.decoder().vocabSize());
  }

  /** Most tokens that prompt and answer may have together. */
  public int contextLength() {
    return contextLength;
  }

  /** Tokens that the model has computed. */
  public int length() {
    return cache.length();
  }

  /** Hears the logits after one position of a text. */
  @FunctionalInterface
  public interface LogitsListener {
    /**
     * Takes the logits of one position.
     *
     * @param logits one for each token of the vocabulary; valid until this returns
     */
    void onLogits(int position, float[] logits);
  }

  /**
   * Generates an answer to a prompt.
   *
   * @param prompt the whole text, from the beginning
   * @throws ModelException if the prompt is empty or longer than the context
   */
  public GenerationResult generate(
      int[] prompt, GenerationOptions generation, GenerationListener listener) {
    lock.lock();
    try {
      cancelled = false;
      return new Answer(prompt, generation, listener).run();
    } finally {
      lock.unlock();
    }
  }

  /** Ends the answer in the making after the token at hand. */
  public void cancel() {
    cancelled = true;
  }

  /**
   * Computes a text and hears the logits of some of its positions, in order.
   *
   * @param wanted which positions
   */
  public void logits(int[] text, IntPredicate wanted, LogitsListener listener) {
    lock.lock();
    try {
      checkText(text);
      keep(0);
      extend(text, wanted, listener, (done, total) -> {});
    } finally {
      lock.unlock();
    }
  }

  /** A session with the same text. It shares what has been computed; each goes its own way. */
  public Session fork() {
    lock.lock();
    try {
      checkOpen();
      Session fork = model.register(new Session(model, options, cache.fork()));
      fork.tokens = tokens.clone();
      return fork;
    } finally {
      lock.unlock();
    }
  }

  /** Cancels the answer in the making and gives the memory back. */
  @Override
  public void close() {
    cancelled = true;
    lock.lock();
    try {
      if (!closed) {
        closed = true;
        cache.close();
        pass.close();
        arena.close();
        model.unregister(this);
      }
    } finally {
      lock.unlock();
    }
  }

  private void checkOpen() {
    if (closed) {
      throw new IllegalStateException("the session is closed");
    }
  }

  private void checkText(int[] text) {
    checkOpen();
    if (text.length == 0) {
      throw new ModelException("the prompt has no tokens");
    }
    if (text.length > contextLength) {
      throw new ModelException(
          "the prompt has " + text.length + " tokens, but the context holds " + contextLength);
    }
    int vocabSize = model.decoder().vocabSize();
    for (int token : text) {
      if (token < 0 || token >= vocabSize) {
        throw new ModelException("token " + token + " is not in the vocabulary of " + vocabSize);
      }
    }
  }

  private void keep(int length) {
    cache.truncate(length);
  }

  /** How many tokens at the beginning of a text are computed already. */
  private int shared(int[] text) {
    int mismatch = Arrays.mismatch(tokens, 0, cache.length(), text, 0, text.length);
    return mismatch < 0 ? cache.length() : mismatch;
  }

  private interface Progress {
    void onProgress(int done, int total);
  }

  /** Computes what the cache lacks of a text, a batch at a time, unless cancelled. */
  private void extend(int[] text, IntPredicate wanted, LogitsListener listener, Progress progress) {
    if (tokens.length < text.length) {
      tokens =
          Arrays.copyOf(tokens, Math.max(text.length, Math.min(contextLength, 2 * tokens.length)));
    }
    while (cache.length() < text.length && !cancelled) {
      int from = cache.length();
      int count = Math.min(options.batchSize(), text.length - from);
      System.arraycopy(text, from, tokens, from, count);
      pass.forward(tokens, from, count, cache);
      report(from, count, wanted, listener);
      progress.onProgress(cache.length(), text.length);
    }
  }

  private void report(int from, int count, IntPredicate wanted, LogitsListener listener) {
    for (int first = from; first < from + count; ) {
      int n = 0;
      while (n < LOGIT_ROWS && first + n < from + count && wanted.test(first + n)) {
        n++;
      }
      if (n == 0) {
        first++;
        continue;
      }
      pass.logits(first - from, n, logits);
      for (int i = 0; i < n; i++) {
        listener.onLogits(first + i, logits.row(i));
      }
      first += n;
    }
  }

  /** One call of {@link #generate}. */
  private final class Answer {
    private final int[] prompt;
    private final GenerationOptions generation;
    private final GenerationListener listener;
    private final Sampler sampler;
    private final StopMatcher stops;
    private final Optional<Tokenizer> tokenizer = model.findTokenizer();
    private final Optional<Tokenizer.StreamDecoder> decoder =
        tokenizer.map(Tokenizer::streamDecoder);
    private final Set<Integer> endTokens = tokenizer.map(Tokenizer::endTokens).orElseGet(Set::of);
    private final StringBuilder text = new StringBuilder();
    private final List<Integer> answer = new ArrayList<>();
    private float[] next = {};

    Answer(int[] prompt, GenerationOptions generation, GenerationListener listener) {
      this.prompt = prompt;
      this.generation = generation;
      this.listener = listener;
      this.sampler = new Sampler(generation.sampling());
      this.stops = new StopMatcher(generation.stop());
    }

    GenerationResult run() {
      checkText(prompt);
      long start = System.nanoTime();
      // The last token is computed again where all are known: its logits are needed.
      int reused = Math.min(shared(prompt), prompt.length - 1);
      keep(reused);
      extend(
          prompt,
          position -> position == prompt.length - 1,
          (position, values) -> next = values,
          listener::onPrompt);
      long prompted = System.nanoTime();
      FinishReason reason = continueText();
      if (reason != FinishReason.STOP_STRING) {
        emit(stops.accept(decoder.map(Tokenizer.StreamDecoder::finish).orElse("")));
        emit(stops.finish());
      }
      return new GenerationResult(
          text.toString(),
          answer,
          reason,
          prompt.length,
          reused,
          Duration.ofNanos(prompted - start),
          Duration.ofNanos(System.nanoTime() - prompted));
    }

    private FinishReason continueText() {
      while (true) {
        if (cancelled) {
          return FinishReason.CANCELLED;
        }
        if (answer.size() >= generation.maxTokens()) {
          return FinishReason.MAX_TOKENS;
        }
        int token = sampler.next(next, tokens, cache.length());
        if (generation.stopAtEndTokens() && endTokens.contains(token)) {
          return FinishReason.END_TOKEN;
        }
        answer.add(token);
        listener.onToken(token);
        emit(stops.accept(decoder.map(d -> d.accept(token)).orElse("")));
        if (stops.stopped()) {
          return FinishReason.STOP_STRING;
        }
        if (cache.length() == contextLength) {
          return FinishReason.CONTEXT_FULL;
        }
        if (answer.size() < generation.maxTokens()) {
          compute(token);
        }
      }
    }

    private void compute(int token) {
      int[] whole = Arrays.copyOf(tokens, cache.length() + 1);
      whole[cache.length()] = token;
      extend(whole, position -> true, (position, values) -> next = values, (done, total) -> {});
    }

    private void emit(String piece) {
      if (!piece.isEmpty()) {
        text.append(piece);
        listener.onText(piece);
      }
    }
  }
}
