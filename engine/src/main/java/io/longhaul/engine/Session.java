package io.longhaul.engine;

import io.longhaul.engine.cache.CacheFile;
import io.longhaul.engine.cache.KvCache;
import io.longhaul.engine.cache.ModelIdentity;
import io.longhaul.engine.generate.DraftGovernor;
import io.longhaul.engine.generate.Lookahead;
import io.longhaul.engine.generate.Sampler;
import io.longhaul.engine.generate.StopMatcher;
import io.longhaul.engine.model.Decoder;
import io.longhaul.engine.model.Stages;
import io.longhaul.engine.tensor.FloatMatrix;
import io.longhaul.engine.text.Tokenizer;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/**
 * One text in the making: the tokens so far and what the model has computed for them.
 *
 * <p>Every call is given the whole text; what it shares with the text before is not computed again.
 * One thread at a time generates, others wait; {@link #cancel} may come from any thread.
 */
public final class Session implements AutoCloseable {
  /** Positions whose logits are computed together. */
  private static final int LOGIT_ROWS = 16;

  /** Tokens that a session has room for before it grows. */
  private static final int FIRST_TOKENS = 256;

  private final Model model;
  private final SessionOptions options;
  private final int contextLength;
  private final KvCache cache;
  private final Decoder.Pass pass;
  private final Arena arena = Arena.ofShared();
  private final FloatMatrix logits;
  private final ReentrantLock lock = new ReentrantLock();
  private final DraftGovernor governor;
  private int[] tokens;

  /**
   * Position and number of the last forward pass's tokens, as far as the cache still holds them.
   */
  private int lastFrom;

  private int lastCount;

  /** Positions that the draft layer has followed without a gap. */
  private int followed;

  private volatile boolean cancelled;
  private boolean closed;

  /**
   * @param tokens those of the cache come first
   */
  Session(Model model, SessionOptions options, KvCache cache, int[] tokens) {
    this.model = model;
    this.options = options;
    this.cache = cache;
    this.tokens = Arrays.copyOf(tokens, Math.max(tokens.length, FIRST_TOKENS));
    this.contextLength = options.contextLength(model);
    this.pass = model.decoder().newPass(model.compute(), options.batchSize());
    this.governor = new DraftGovernor(options.draftTokens());
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
   * Computes a text and hears the logits of some of its positions, in order. What is known before
   * the first of them is not computed again.
   *
   * @param wanted which positions
   */
  public void logits(int[] text, IntPredicate wanted, LogitsListener listener) {
    lock.lock();
    try {
      checkText(text);
      int known = shared(text);
      keep(IntStream.range(0, known).filter(wanted).findFirst().orElse(known));
      cancelled = false;
      extend(text, wanted, listener, (done, total) -> {});
    } finally {
      lock.unlock();
    }
  }

  /** A session with the same text. It shares what has been computed; each goes its own way. */
  public Session fork() {
    lock.lock();
    try {
      return fork(cache.length());
    } finally {
      lock.unlock();
    }
  }

  /**
   * A session with the beginning of the text. It shares what has been computed for that; nothing is
   * copied until one of the two writes where they part, and then one page is.
   *
   * @param prefix how many tokens, at most {@link #length()}
   */
  public Session fork(int prefix) {
    lock.lock();
    try {
      checkOpen();
      Session fork = model.register(new Session(model, options, cache.fork(prefix), tokens));
      fork.followed = Math.min(followed, prefix);
      return fork;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Writes the text and what has been computed for it to a file, from which {@link
   * Model#loadSession} continues. The session may go on meanwhile: what is written is its state at
   * the beginning of this call. A file of this name is replaced once the new one is whole and on
   * the disk.
   *
   * @throws ModelException if the file cannot be written
   */
  public void save(Path path) {
    ModelIdentity identity;
    int[] text;
    KvCache snapshot;
    lock.lock();
    try {
      checkOpen();
      identity = model.identity();
      text = tokens.clone();
      snapshot = cache.fork();
    } finally {
      lock.unlock();
    }
    try (snapshot) {
      CacheFile.write(path, identity, text, snapshot);
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
    followed = Math.min(followed, length);
    lastFrom = Math.min(lastFrom, length);
    lastCount = Math.min(lastCount, length - lastFrom);
  }

  /** Where the time of forward passes has gone. */
  public Stages stages() {
    return pass.stages();
  }

  /** What drafting tokens has brought. */
  public DraftStatistics draftStatistics() {
    lock.lock();
    try {
      return governor.statistics();
    } finally {
      lock.unlock();
    }
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
    room(text.length);
    while (cache.length() < text.length && !cancelled) {
      int from = cache.length();
      int count = Math.min(options.batchSize(), text.length - from);
      // One more than computed: the draft layer is shown what follows.
      System.arraycopy(text, from, tokens, from, Math.min(count + 1, text.length - from));
      forward(from, count);
      report(from, count, wanted, listener);
      progress.onProgress(cache.length(), text.length);
    }
  }

  private void room(int length) {
    if (tokens.length < length) {
      tokens = Arrays.copyOf(tokens, Math.max(length, 2 * tokens.length));
    }
  }

  private void forward(int from, int count) {
    if (governor.mayDraft()) {
      follow();
    }
    pass.forward(tokens, from, count, cache);
    lastFrom = from;
    lastCount = count;
  }

  /**
   * Shows the draft layer the last pass's tokens, now that the token after them is known. After a
   * gap, such as tokens that a fork's parent computed, it stays behind and nothing is drafted.
   */
  private void follow() {
    if (lastCount > 0 && followed >= lastFrom && lastFrom + lastCount == cache.length()) {
      pass.drafting().orElseThrow().follow(tokens, lastFrom, lastCount, cache);
      followed = cache.length();
    }
    lastCount = 0;
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
    private final Lookahead lookahead = new Lookahead();
    private Optional<Long> roundStart = Optional.empty();
    private float[] next = {};

    /** Tokens of prompt and answer that the next one follows; the cache may be ahead. */
    private int length;

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
      length = cache.length();
      long prompted = System.nanoTime();
      FinishReason reason = continueText();
      keep(Math.min(length, cache.length()));
      if (reason != FinishReason.STOP_STRING) {
        emit(stops.accept(decoder.map(Tokenizer.StreamDecoder::finish).orElse("")));
        emit(stops.finish());
      }
      listener.onEnd(reason);
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
        int token = sampler.next(next, tokens, length);
        if (generation.stopAtEndTokens() && endTokens.contains(token)) {
          return FinishReason.END_TOKEN;
        }
        answer.add(token);
        listener.onToken(token);
        emit(stops.accept(decoder.map(d -> d.accept(token)).orElse("")));
        if (stops.stopped()) {
          return FinishReason.STOP_STRING;
        }
        if (length == contextLength) {
          return FinishReason.CONTEXT_FULL;
        }
        if (answer.size() < generation.maxTokens()) {
          compute(token);
        }
      }
    }

    private void compute(int token) {
      if (lookahead.holds(token)) {
        next = lookahead.take();
        length++;
        return;
      }
      endRound();
      keep(length);
      room(length + 1 + Decoder.MOST_DRAFTS);
      tokens[length] = token;
      int[] drafts = drafts();
      System.arraycopy(drafts, 0, tokens, length + 1, drafts.length);
      forward(length, 1 + drafts.length);
      report(
          length,
          1 + drafts.length,
          position -> true,
          (position, values) -> {
            if (position == length) {
              next = values;
            } else {
              lookahead.add(tokens[position], values);
            }
          });
      length++;
    }

    private void endRound() {
      long now = System.nanoTime();
      roundStart.ifPresent(
          start -> governor.round(lookahead.drafted(), lookahead.taken(), now - start));
      roundStart = Optional.of(now);
      lookahead.clear();
    }

    /** Tokens that may follow the one at hand, as many as fit the answer and the context. */
    private int[] drafts() {
      int room = Math.min(contextLength - length, generation.maxTokens() - answer.size()) - 1;
      int count = Math.min(governor.drafts(), room);
      if (count <= 0) {
        return new int[0];
      }
      follow();
      return followed == length
          ? pass.drafting().orElseThrow().draft(length, count, cache)
          : new int[0];
    }

    private void emit(String piece) {
      if (!piece.isEmpty()) {
        text.append(piece);
        listener.onText(piece);
      }
    }
  }
}
