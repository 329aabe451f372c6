package io.longhaul.engine;

import io.longhaul.engine.cache.KvCache;
import io.longhaul.engine.file.GgufFile;
import io.longhaul.engine.file.ModelFile;
import io.longhaul.engine.file.SafetensorsFile;
import io.longhaul.engine.json.Json;
import io.longhaul.engine.kernel.Compute;
import io.longhaul.engine.kernel.KernelWarmUp;
import io.longhaul.engine.kernel.Kernels;
import io.longhaul.engine.model.Architectures;
import io.longhaul.engine.model.Checkpoint;
import io.longhaul.engine.model.Decoder;
import io.longhaul.engine.model.HfConfig;
import io.longhaul.engine.tensor.Tensor;
import io.longhaul.engine.tensor.TensorType;
import io.longhaul.engine.text.PromptEncoder;
import io.longhaul.engine.text.Tokenizer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;

/**
 * A language model, loaded: its weights mapped, its tokenizer and its chat template at hand. Safe
 * for use by several threads; each conversation is a {@link Session}.
 */
public final class Model implements AutoCloseable {
  private final ModelFile file;
  private final Arena arena;
  private final Decoder decoder;
  private final ModelText text;
  private final Compute compute;
  private final Set<Session> sessions = new LinkedHashSet<>();
  private boolean closed;

  private Model(ModelFile file, Arena arena, Decoder decoder, ModelText text, Compute compute) {
    this.file = file;
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
    boolean loaded = false;
    try {
      ModelText text = ModelText.of(file);
      Checkpoint.Source source = source(file);
      Decoder decoder =
          Architectures.load(new Checkpoint(file, source, arena, options.referenceEpsilons()));
      Compute compute = new Compute(kernels, options.threads());
      Model model = new Model(file, arena, decoder, text, compute);
      loaded = true;
      return model;
    } finally {
      if (!loaded) {
        arena.close();
        file.close();
      }
    }
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

  public Session newSession(SessionOptions options) {
    return register(
        new Session(this, options, new KvCache(decoder.cacheLayout(options.cacheType()))));
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
    if (!hasChatTemplate()) {
      return encode(String.join("\n", messages.stream().map(Message::content).toList()));
    }
    Map<String, Object> variables = new HashMap<>();
    variables.put("messages", messages.stream().map(Message::toVariable).toList());
    variables.put("add_generation_prompt", true);
    return encodeChat(variables);
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
    arena.close();
    file.close();
  }
}
