package io.longhaul.engine;

import io.longhaul.engine.cache.CacheFile;
import io.longhaul.engine.cache.CacheLayout;
import io.longhaul.engine.cache.KvCache;
import io.longhaul.engine.cache.ModelIdentity;
import io.longhaul.engine.file.GgufFile;
import io.longhaul.engine.file.ModelFile;
import io.longhaul.engine.file.Prefetch;
import io.longhaul.engine.file.PrefetchStatistics;
import io.longhaul.engine.file.SafetensorsFile;
import io.longhaul.engine.file.WeightPrefetch;
import io.longhaul.engine.json.Json;
import io.longhaul.engine.kernel.Compute;
import io.longhaul.engine.kernel.KernelWarmUp;
import io.longhaul.engine.kernel.Kernels;
import io.longhaul.engine.model.Architectures;
import io.longhaul.engine.model.Checkpoint;
import io.longhaul.engine.model.Decoder;
import io.longhaul.engine.model.Fingerprint;
import io.longhaul.engine.model.HfConfig;
import io.longhaul.engine.plan.MachineMemory;
import io.longhaul.engine.tensor.Tensor;
import io.longhaul.engine.tensor.TensorType;
import io.longhaul.engine.text.PromptEncoder;
import io.longhaul.engine.text.Tokenizer;
import io.longhaul.engine.text.answer.AnswerEvent;
import io.longhaul.engine.text.answer.AnswerGrammar;
import io.longhaul.engine.text.answer.AnswerParser;
import io.longhaul.engine.text.answer.ToolSchemas;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * A language model, loaded: its weights mapped, its tokenizer and its chat template at hand. Safe
 * for use by several threads; each conversation is a {@link Session}.
 */
public final class Model implements AutoCloseable {
  /**
   * Of the available memory, what may be asked for at once: the rest is for what is needed at every
   * token.
   */
  private static final int PREFETCH_PARTS = 4;

  private final ModelFile file;
  private final Checkpoint checkpoint;
  private final WeightPrefetch prefetch;
  private final Arena arena;
  private final Decoder decoder;
  private final ModelText text;
  private final Compute compute;
  private final Set<Session> sessions = new LinkedHashSet<>();
  private Optional<ModelIdentity> identity = Optional.empty();
  private boolean closed;

  private Model(
      ModelFile file,
      Checkpoint checkpoint,
      WeightPrefetch prefetch,
      Arena arena,
      Decoder decoder,
      ModelText text,
      Compute compute) {
    this.file = file;
    this.checkpoint = checkpoint;
    this.prefetch = prefetch;
    this.arena = arena;
    this.decoder = decoder;
    this.text = text;
    this.compute = compute;
  }

  /** Loads a model with all processors of the machine. */
  public static Model load(Path path) {
    return load(path, LoadOptions.defaults());
  }

  /**
   * Loads a model.
   *
   * @param path a GGUF file, or a folder with config.json, tokenizer.json and safetensors
   * @throws ModelException if something about the model is wrong or unknown
   */
  public static Model load(Path path, LoadOptions options) {
    Kernels kernels = options.kernels().create();
    CompletableFuture<Void> warmUp = KernelWarmUp.begin(kernels);
    ModelFile file = ModelFile.open(path);
    KernelWarmUp.weights(kernels, warmUp, weightTypes(file));
    Arena arena = Arena.ofShared();
    WeightPrefetch prefetch = prefetch(file, options.prefetch());
    boolean loaded = false;
    try {
      ModelText text = ModelText.of(file);
      Checkpoint.Source source = source(file);
      Checkpoint checkpoint =
          new Checkpoint(file, source, arena, options.referenceEpsilons(), prefetch);
      Decoder decoder = Architectures.load(checkpoint);
      Compute compute = new Compute(kernels, options.threads());
      Model model = new Model(file, checkpoint, prefetch, arena, decoder, text, compute);
      loaded = true;
      return model;
    } finally {
      if (!loaded) {
        prefetch.close();
        arena.close();
        file.close();
      }
    }
  }

  private static WeightPrefetch prefetch(ModelFile file, Prefetch choice) {
    long available = MachineMemory.measure().available();
    boolean prefetching =
        switch (choice) {
          case ON -> true;
          case OFF -> false;
          case AUTO ->
              file.mappings().stream().mapToLong(MemorySegment::byteSize).sum() > available;
        };
    return new WeightPrefetch(file, prefetching, available / PREFETCH_PARTS);
  }

  private static Set<TensorType> weightTypes(ModelFile file) {
    Set<TensorType> types = new LinkedHashSet<>();
    for (Tensor tensor : file.tensors()) {
      if (tensor.shape().size() == 2 && tensor.type().isWeight()) {
        types.add(tensor.type());
      }
    }
    return types;
  }

  private static Checkpoint.Source source(ModelFile file) {
    return switch (file) {
      case GgufFile gguf -> new Checkpoint.Source.Gguf(gguf.metadata());
      case SafetensorsFile safetensors -> {
        Path config =
            safetensors
                .sibling("config.json")
                .orElseThrow(
                    () ->
                        new ModelException(
                            safetensors.folder()
                                + ": config.json is missing; a safetensors model needs it"));
        try {
          byte[] json = Files.readAllBytes(config);
          yield new Checkpoint.Source.HuggingFace(
              new HfConfig(config.toString(), Json.readObject(config.toString(), json)));
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
    };
  }

  /** What the model's files call its architecture. */
  public String architecture() {
    return decoder.architecture();
  }

  /** Tokens that the model was made to see at once. */
  public int contextLength() {
    return decoder.contextLength();
  }

  /** Tokens that the model knows: ids are below it, logits are as many. */
  public int vocabularySize() {
    return decoder.vocabSize();
  }

  /**
   * The model's tokenizer.
   *
   * @throws ModelException if it comes with none, or with one that is wrong
   */
  public Tokenizer tokenizer() {
    return text.tokenizer();
  }

  Optional<Tokenizer> findTokenizer() {
    return text.findTokenizer();
  }

  /** A new, empty session. */
  public Session newSession() {
    return newSession(SessionOptions.defaults());
  }

  /**
   * A new, empty session.
   *
   * @throws ModelException if it is to draft tokens and the model has no layer for that
   */
  public Session newSession(SessionOptions options) {
    return register(new Session(this, options, new KvCache(layout(options)), new int[0]));
  }

  private CacheLayout layout(SessionOptions options) {
    boolean drafting = options.draftTokens() > 0;
    if (drafting && !decoder.canDraft()) {
      throw new ModelException(
          file.path()
              + ": has no layer for multi-token prediction, so draftTokens must be 0, not "
              + options.draftTokens());
    }
    return decoder.cacheLayout(options.cacheType(), drafting);
  }

  /**
   * Whether the model has a layer for multi-token prediction, so that sessions may draft tokens.
   */
  public boolean canDraft() {
    return decoder.canDraft();
  }

  /**
   * A session as {@link Session#save} wrote it: it continues to the bit as that one would have.
   *
   * @param options with the cache type that it was saved with
   * @throws ModelException if the file is damaged, of another model, another quantization of it or
   *     another cache type, or has more tokens than the context holds
   */
  public Session loadSession(Path path, SessionOptions options) {
    CacheFile.Content content =
        CacheFile.read(
            path, identity(), layout(options), options.contextLength(this), vocabularySize());
    boolean loaded = false;
    try {
      Session session = register(new Session(this, options, content.cache(), content.tokens()));
      loaded = true;
      return session;
    } finally {
      if (!loaded) {
        content.cache().close();
      }
    }
  }

  /** What tells this model from others. The model's files are open. */
  ModelIdentity identity() {
    synchronized (sessions) {
      if (closed) {
        throw new IllegalStateException("the model is closed");
      }
      if (identity.isEmpty()) {
        identity = Optional.of(Fingerprint.of(checkpoint, architecture()));
      }
      return identity.get();
    }
  }

  /** The tokens of plain text, with the model's token for the beginning in front if it has one. */
  public int[] encode(String plain) {
    return IntStream.concat(
            IntStream.of(tokenizer().prefix()), IntStream.of(tokenizer().encode(plain, false)))
        .toArray();
  }

  /** Whether the model comes with a chat template. */
  public boolean hasChatTemplate() {
    return !text.templates().isEmpty();
  }

  /**
   * The tokens of a conversation, up to where the model's answer begins. A model without a chat
   * template is given the contents, a line each.
   */
  public int[] encodeChat(List<Message> messages) {
    return encodeChat(messages, ChatOptions.defaults());
  }

  /** The same with a choice of reasoning, and with tools. */
  public int[] encodeChat(List<Message> messages, ChatOptions options) {
    if (!hasChatTemplate()) {
      return encode(String.join("\n", messages.stream().map(Message::content).toList()));
    }
    return encodeChat(options.variables(messages));
  }

  /**
   * The tokens of what the chat template renders.
   *
   * @param variables of the template: {@code messages}, {@code tools}, {@code
   *     add_generation_prompt} and whatever else it knows
   */
  public int[] encodeChat(Map<String, Object> variables) {
    return PromptEncoder.encode(tokenizer(), text.templates().render(variables));
  }

  /**
   * The tokens of a conversation that goes on, spelled as the session's tokens are for as long as
   * both say the same, so that nothing that it knows is computed anew.
   *
   * @param known the last prompt and its answer
   */
  public int[] encodeChat(List<Message> messages, ChatOptions options, int[] known) {
    return PromptEncoder.respell(tokenizer(), known, encodeChat(messages, options));
  }

  /**
   * A parser for the answer to a prompt, which tells reasoning, text and tool calls apart. An
   * {@link AnswerListener} gives it what a session generates.
   *
   * @param prompt says whether the answer begins within reasoning
   * @param options whose tools tell of which type an argument is
   */
  public AnswerParser newAnswerParser(
      int[] prompt, ChatOptions options, Consumer<AnswerEvent> listener) {
    AnswerGrammar grammar = AnswerGrammar.of(tokenizer());
    return new AnswerParser(
        grammar, ToolSchemas.of(options.tools()), grammar.beginsInReasoning(prompt), listener);
  }

  /**
   * How the model's makers advise to sample, if its files say so.
   *
   * @throws ModelException if they say what cannot be
   */
  public Optional<Sampling> defaultSampling() {
    return SamplingDefaults.of(file);
  }

  /**
   * What the experts of all sessions took so far, and whether their weights are asked for ahead.
   */
  public PrefetchStatistics prefetchStatistics() {
    return prefetch.statistics();
  }

  /**
   * Whether, from now on, the pages of chosen experts are counted in the statistics, and those of
   * them in memory; it takes some time at each choice.
   */
  public void countPages(boolean value) {
    prefetch.countPages(value);
  }

  Decoder decoder() {
    return decoder;
  }

  Compute compute() {
    return compute;
  }

  Session register(Session session) {
    synchronized (sessions) {
      if (closed) {
        throw new IllegalStateException("the model is closed");
      }
      sessions.add(session);
    }
    return session;
  }

  void unregister(Session session) {
    synchronized (sessions) {
      sessions.remove(session);
    }
  }

  /** Cancels and closes all sessions, then gives memory, threads and files back. */
  @Override
  public void close() {
    List<Session> open;
    synchronized (sessions) {
      if (closed) {
        return;
      }
      closed = true;
      open = List.copyOf(sessions);
    }
    open.forEach(Session::close);
    compute.close();
    prefetch.close();
    arena.close();
    file.close();
  }
}
