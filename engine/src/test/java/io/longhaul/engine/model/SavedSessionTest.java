package io.longhaul.engine.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.longhaul.engine.GenerationListener;
import io.longhaul.engine.GenerationOptions;
import io.longhaul.engine.GenerationResult;
import io.longhaul.engine.LoadOptions;
import io.longhaul.engine.Model;
import io.longhaul.engine.ModelException;
import io.longhaul.engine.Session;
import io.longhaul.engine.SessionOptions;
import io.longhaul.engine.kernel.KernelChoice;
import io.longhaul.engine.tensor.TensorType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A saved session continues to the bit as the one that was not: keys and values, latents and
 * indexer keys, in every type.
 *
 * <p>{@code -Dlonghaul.checkpoints=DIR} adds those that the oracle scripts have made.
 */
class SavedSessionTest {
  /** More than a page where the model's context allows it, and more than any selection. */
  private static final int LENGTH = 200;

  private static final List<TensorType> TYPES =
      List.of(TensorType.F32, TensorType.F16, TensorType.BF16, TensorType.Q8_0);

  @TempDir Path folder;

  record Case(Path checkpoint, KernelChoice kernels) {
    @Override
    public String toString() {
      return checkpoint.getFileName() + ", " + kernels;
    }
  }

  static List<Case> cases() {
    List<Path> checkpoints = new ArrayList<>();
    checkpoints.addAll(folders(resources("tiny")));
    checkpoints.addAll(folders(resources("sparse")));
    String more = System.getProperty("longhaul.checkpoints", "");
    if (!more.isEmpty()) {
      checkpoints.addAll(folders(Path.of(more)));
    }
    List<Case> cases = new ArrayList<>();
    for (Path checkpoint : checkpoints) {
      cases.add(new Case(checkpoint, KernelChoice.VECTOR));
    }
    cases.add(new Case(resources("sparse").resolve("glm-moe-dsa-shared"), KernelChoice.SCALAR));
    return cases;
  }

  private static Path resources(String name) {
    try {
      return Path.of(SavedSessionTest.class.getResource(name).toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private static List<Path> folders(Path root) {
    try (Stream<Path> folders = Files.list(root)) {
      return folders.sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Model load(Path folder, KernelChoice kernels) {
    Path gguf = folder.resolve("model.gguf");
    return Model.load(Files.exists(gguf) ? gguf : folder, new LoadOptions(2, kernels));
  }

  private static Model shared() {
    return load(resources("sparse").resolve("glm-moe-dsa-shared"), KernelChoice.VECTOR);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void theContinuationIsTheSameToTheBit(Case c) {
    try (Model model = load(c.checkpoint, c.kernels)) {
      int[] text = text(model, Math.min(LENGTH, model.contextLength()));
      for (TensorType type : types(model)) {
        SessionOptions options = options(type);
        List<float[]> expected = logits(model, options, text);
        for (int saved : new int[] {text.length / 2, text.length - 1}) {
          Path file = folder.resolve("session");
          try (Session session = model.newSession(options)) {
            session.logits(Arrays.copyOf(text, saved), p -> false, (p, row) -> {});
            session.save(file);
          }
          try (Session session = model.loadSession(file, options)) {
            assertThat(session.length()).isEqualTo(saved);
            List<Integer> heard = new ArrayList<>();
            session.logits(
                text,
                p -> p >= saved,
                (p, row) -> {
                  heard.add(p);
                  assertThat(row)
                      .as("position %d after %d saved in %s, to the bit", p, saved, type)
                      .containsExactly(expected.get(p));
                });
            assertThat(heard).hasSize(text.length - saved);
          }
        }
      }
    }
  }

  /** The types that a model's rows fit: 8 bits need whole blocks. */
  private static List<TensorType> types(Model model) {
    List<TensorType> types = new ArrayList<>(TYPES);
    try {
      model.newSession(options(TensorType.Q8_0)).close();
    } catch (ModelException e) {
      assertThat(e).hasMessageContaining("needs rows of a multiple of 32 elements");
      types.remove(TensorType.Q8_0);
    }
    return types;
  }

  private static SessionOptions options(TensorType type) {
    return SessionOptions.defaults().withCacheType(type).withBatchSize(64);
  }

  @Test
  void latentsOf32ElementsAreSavedIn8Bits() {
    try (Model model = load(resources("sparse").resolve("deepseek-v3-yarn"), KernelChoice.VECTOR)) {
      assertThat(types(model)).isEqualTo(TYPES);
    }
  }

  @Test
  void anAnswerContinuesWhereItWas() {
    Path file = folder.resolve("session");
    try (Model model = shared();
        Session session = model.newSession()) {
      int[] prompt = text(model, 150);
      GenerationResult whole = generate(session, prompt, 30);
      session.save(file);
      int[] longer = plus(prompt, whole.tokens());
      GenerationResult expected = generate(session, longer, 20);
      try (Session loaded = model.loadSession(file, SessionOptions.defaults())) {
        GenerationResult continued = generate(loaded, longer, 20);
        assertThat(continued.tokens()).isEqualTo(expected.tokens());
        assertThat(continued.reusedTokens()).isEqualTo(179).isEqualTo(expected.reusedTokens());
      }
    }
  }

  /** What is saved is the state at the call; the answer goes on. */
  @Test
  void aSessionIsSavedWhileItAnswers() {
    Path file = folder.resolve("session");
    try (Model model = shared();
        Session session = model.newSession()) {
      int[] prompt = text(model, 120);
      List<Integer> heard = new ArrayList<>();
      GenerationResult whole =
          session.generate(
              prompt,
              GenerationOptions.ofMaxTokens(30).withStopAtEndTokens(false),
              new GenerationListener() {
                @Override
                public void onText(String text) {}

                @Override
                public void onToken(int token) {
                  heard.add(token);
                  if (heard.size() == 12) {
                    session.save(file);
                  }
                }
              });
      try (Session loaded = model.loadSession(file, SessionOptions.defaults())) {
        assertThat(loaded.length()).isEqualTo(131);
        assertThat(generate(loaded, prompt, 30).tokens()).isEqualTo(whole.tokens());
      }
    }
  }

  @Test
  void aCopyOfTheModelElsewhereIsTheSameModel() throws IOException {
    Path file = folder.resolve("session");
    Path copy = copy();
    try (Model model = shared();
        Model same = load(copy, KernelChoice.SCALAR);
        Session session = model.newSession()) {
      generate(session, text(model, 20), 1);
      session.save(file);
      same.loadSession(file, SessionOptions.defaults()).close();
    }
  }

  /** The last byte of each tensor's file: the weights are those of a fine-tuned model. */
  @Test
  void otherWeightsInTheSameShapesAreAnotherModel() throws IOException {
    Path copy = copy();
    Path weights = copy.resolve("model.safetensors");
    byte[] bytes = Files.readAllBytes(weights);
    bytes[bytes.length - 1] ^= 1;
    Files.write(weights, bytes);
    assertAnotherModel(copy, LoadOptions.defaults());
  }

  @Test
  void otherHyperParametersAreAnotherModel() throws IOException {
    Path copy = copy();
    Path config = copy.resolve("config.json");
    String json = Files.readString(config);
    assertThat(json).contains("\"rope_theta\": 8000000.0");
    Files.writeString(
        config, json.replace("\"rope_theta\": 8000000.0", "\"rope_theta\": 1000000.0"));
    assertAnotherModel(copy, LoadOptions.defaults());
  }

  @Test
  void otherEpsilonsAreAnotherModel() throws IOException {
    assertAnotherModel(copy(), LoadOptions.defaults().withReferenceEpsilons(true));
  }

  private void assertAnotherModel(Path other, LoadOptions options) {
    Path file = folder.resolve("session");
    try (Model model = shared();
        Model changed = Model.load(other, options);
        Session session = model.newSession()) {
      generate(session, text(model, 20), 1);
      session.save(file);
      assertThatThrownBy(() -> changed.loadSession(file, SessionOptions.defaults()))
          .isInstanceOf(ModelException.class)
          .hasMessageStartingWith(
              file
                  + ": was saved with another model, glm-moe-dsa-shared (glm_moe_dsa) with the"
                  + " fingerprint ");
    }
  }

  @Test
  void whatDoesNotFitTheSessionIsRefused() {
    Path file = folder.resolve("session");
    try (Model model = shared();
        Session session = model.newSession()) {
      generate(session, text(model, 20), 1);
      session.save(file);
      assertThatThrownBy(() -> model.loadSession(file, options(TensorType.F32)))
          .isInstanceOf(ModelException.class)
          .hasMessage(
              file + ": the cache type is F16, this session's is F32; load it with cache type F16");
      assertThatThrownBy(
              () -> model.loadSession(file, SessionOptions.defaults().withContextLength(19)))
          .isInstanceOf(ModelException.class)
          .hasMessageContaining("the session has 20 tokens, but the context holds 19");
      Session closed = session.fork();
      closed.close();
      assertThatThrownBy(() -> closed.save(file)).isInstanceOf(IllegalStateException.class);
    }
  }

  private Path copy() throws IOException {
    Path copy = Files.createDirectory(folder.resolve("copy"));
    for (Path file : folders(resources("sparse").resolve("glm-moe-dsa-shared"))) {
      Files.copy(file, copy.resolve(file.getFileName()));
    }
    return copy;
  }

  private static GenerationResult generate(Session session, int[] prompt, int count) {
    return session.generate(
        prompt, GenerationOptions.ofMaxTokens(count).withStopAtEndTokens(false), text -> {});
  }

  private static int[] plus(int[] prompt, List<Integer> answer) {
    return IntStream.concat(IntStream.of(prompt), answer.stream().mapToInt(Integer::intValue))
        .toArray();
  }

  private static int[] text(Model model, int length) {
    return new SplittableRandom(1).ints(length, 3, model.vocabularySize()).toArray();
  }

  private static List<float[]> logits(Model model, SessionOptions options, int[] text) {
    List<float[]> logits = new ArrayList<>();
    try (Session session = model.newSession(options)) {
      session.logits(text, p -> true, (p, row) -> logits.add(row.clone()));
    }
    return logits;
  }
}
