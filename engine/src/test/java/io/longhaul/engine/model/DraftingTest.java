package io.longhaul.engine.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.longhaul.engine.DraftStatistics;
import io.longhaul.engine.GenerationOptions;
import io.longhaul.engine.GenerationResult;
import io.longhaul.engine.LoadOptions;
import io.longhaul.engine.Model;
import io.longhaul.engine.ModelException;
import io.longhaul.engine.Sampling;
import io.longhaul.engine.Session;
import io.longhaul.engine.SessionOptions;
import io.longhaul.engine.json.Json;
import io.longhaul.engine.kernel.KernelChoice;
import io.longhaul.engine.tensor.TensorType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Drafted tokens change how fast a text comes, never the text. */
class DraftingTest {
  private static final Path CHECKPOINT = SparseCheckpoint.folder("glm-moe-dsa-drafting");
  private static final SessionOptions PLAIN = new SessionOptions(0, TensorType.F32, 64);

  @TempDir Path temp;

  private static Model load(Path folder) {
    return Model.load(folder, new LoadOptions(2, KernelChoice.VECTOR));
  }

  private static GenerationResult generate(Session session, int[] prompt, Sampling sampling) {
    return session.generate(
        prompt, GenerationOptions.ofMaxTokens(40).withSampling(sampling), piece -> {});
  }

  private static int[] prompt(int length, int seed) {
    return IntStream.range(0, length).map(i -> (i * 7 + seed * 13 + i * i) % 50 + 3).toArray();
  }

  /** Drafts of random weights are wrong nearly always. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5})
  void wrongDraftsLeaveTheTextAsItIs(int drafts) {
    try (Model model = load(CHECKPOINT)) {
      compareTexts(model, drafts);
    }
  }

  /** Drafts that are right nearly always, beyond the selection's length too. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5})
  void rightDraftsLeaveTheTextAsItIs(int drafts) throws IOException {
    try (Model model = load(predictable(0))) {
      DraftStatistics statistics = compareTexts(model, drafts);
      assertThat(statistics.accepted()).isEqualTo(statistics.drafted());
      assertThat(statistics.tokensPerRound()).isGreaterThan(1.5);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 5})
  void draftsThatAreRightAtTimesLeaveTheTextAsItIs(int drafts) throws IOException {
    try (Model model = load(predictable(0.35f))) {
      DraftStatistics statistics = compareTexts(model, drafts);
      assertThat(statistics.accepted()).isBetween(1L, statistics.drafted() - 1);
    }
  }

  private static DraftStatistics compareTexts(Model model, int drafts) {
    DraftStatistics last = new DraftStatistics(0, 0, 0, 0, false);
    List<Sampling> samplings =
        List.of(
            Sampling.greedy(),
            Sampling.random(1, 5),
            Sampling.random(0.7, 6).withCuts(20, 0.9, 0.01));
    for (Sampling sampling : samplings) {
      try (Session plain = model.newSession(PLAIN);
          Session drafting = model.newSession(PLAIN.withDraftTokens(drafts))) {
        for (int seed = 0; seed < 4; seed++) {
          int[] prompt = prompt(5 + 19 * seed, seed);
          GenerationResult expected = generate(plain, prompt, sampling);
          GenerationResult actual = generate(drafting, prompt, sampling);
          assertThat(actual.tokens()).isEqualTo(expected.tokens());
          assertThat(drafting.length()).isEqualTo(plain.length());
        }
        if (sampling.equals(samplings.getFirst())) {
          last = drafting.draftStatistics();
          assertThat(last.rounds()).isPositive();
        }
      }
    }
    return last;
  }

  @Test
  void aForkGoesOnDraftingAndItsParentToo() throws IOException {
    try (Model model = load(predictable(0.35f));
        Session plain = model.newSession(PLAIN);
        Session session = model.newSession(PLAIN.withDraftTokens(3))) {
      int[] prompt = prompt(30, 1);
      assertThat(generate(session, prompt, Sampling.greedy()).tokens())
          .isEqualTo(generate(plain, prompt, Sampling.greedy()).tokens());
      try (Session fork = session.fork()) {
        for (int seed = 2; seed < 5; seed++) {
          int[] next = prompt.clone();
          next[20] = seed;
          List<Integer> expected = generate(plain, next, Sampling.greedy()).tokens();
          assertThat(generate(fork, next, Sampling.greedy()).tokens()).isEqualTo(expected);
          assertThat(generate(session, next, Sampling.greedy()).tokens()).isEqualTo(expected);
        }
      }
    }
  }

  /**
   * The first two tokens of many samples, against the probabilities that the logits give: Pearson's
   * chi-squared over the tokens that are expected often enough.
   */
  @Test
  void samplingKeepsTheDistribution() throws IOException {
    int samples = 4000;
    try (Model model = load(predictable(0.35f))) {
      int[] prompt = prompt(12, 3);
      double[] first = probabilities(model, prompt);
      int vocabulary = first.length;
      double[] second = new double[vocabulary];
      for (int token = 0; token < vocabulary; token++) {
        int[] longer = IntStream.concat(IntStream.of(prompt), IntStream.of(token)).toArray();
        double[] after = probabilities(model, longer);
        for (int next = 0; next < vocabulary; next++) {
          second[next] += first[token] * after[next];
        }
      }
      int[] counts = new int[vocabulary];
      for (int seed = 0; seed < samples; seed++) {
        // A new session each time: drafting is on trial in the first rounds, so it is always tried.
        try (Session session = model.newSession(PLAIN.withDraftTokens(2))) {
          GenerationOptions options =
              GenerationOptions.ofMaxTokens(4).withSampling(Sampling.random(1, seed));
          List<Integer> tokens = session.generate(prompt, options, piece -> {}).tokens();
          counts[tokens.get(1)]++;
        }
      }
      double chiSquared = 0;
      int cells = 0;
      for (int token = 0; token < vocabulary; token++) {
        double expected = samples * second[token];
        if (expected >= 8) {
          chiSquared += Math.pow(counts[token] - expected, 2) / expected;
          cells++;
        }
      }
      assertThat(cells).isGreaterThan(10);
      // Beyond this lies less than one in a hundred thousand; the seeds are fixed.
      assertThat(chiSquared).isLessThan(cells + 4.5 * Math.sqrt(2.0 * cells) + 8);
    }
  }

  private static double[] probabilities(Model model, int[] text) {
    List<float[]> rows = new ArrayList<>();
    try (Session session = model.newSession(PLAIN)) {
      session.logits(text, p -> p == text.length - 1, (p, logits) -> rows.add(logits));
    }
    float[] logits = rows.getFirst();
    double[] e = IntStream.range(0, logits.length).mapToDouble(i -> Math.exp(logits[i])).toArray();
    double sum = IntStream.range(0, e.length).mapToDouble(i -> e[i]).sum();
    return IntStream.range(0, e.length).mapToDouble(i -> e[i] / sum).toArray();
  }

  @Test
  void aModelWithoutTheLayerRefuses() {
    try (Model model = load(SparseCheckpoint.folder("glm-moe-dsa-plain"))) {
      assertThat(model.canDraft()).isFalse();
      assertThatThrownBy(() -> model.newSession(PLAIN.withDraftTokens(2)))
          .isInstanceOf(ModelException.class)
          .hasMessageContaining("has no layer for multi-token prediction")
          .hasMessageContaining("draftTokens must be 0, not 2");
    }
    assertThatThrownBy(() -> PLAIN.withDraftTokens(6)).hasMessageContaining("expected 0 to 5");
    assertThatThrownBy(() -> PLAIN.withDraftTokens(3).withBatchSize(3))
        .hasMessageContaining("expected more than draftTokens");
  }

  /**
   * The checkpoint with every block's output multiplied by {@code trunk}, none in the draft layer:
   * at 0 the next token depends on the last one alone, and the draft layer, which is given its
   * embedding, knows it.
   */
  private Path predictable(float trunk) throws IOException {
    Path folder = Files.createDirectories(temp.resolve("predictable" + trunk));
    try (var files = Files.list(CHECKPOINT)) {
      for (Path file : files.toList()) {
        Files.copy(file, folder.resolve(file.getFileName().toString()));
      }
    }
    int draftLayer = layers(folder);
    edit(
        folder.resolve("model.safetensors"),
        (name, floats) -> {
          boolean drafting = name.startsWith("model.layers." + draftLayer + ".");
          if (name.matches(".*(o_proj|down_proj)\\.weight")) {
            floats.multiply(drafting ? 0 : trunk);
          } else if (name.endsWith("eh_proj.weight")) {
            floats.identity();
          } else if (name.matches(".*(enorm|shared_head\\.norm|model\\.norm)\\.weight")) {
            floats.fill(1);
          }
        });
    return folder;
  }

  private static int layers(Path folder) throws IOException {
    Path config = folder.resolve("config.json");
    return ((Number)
            Json.readObject(config.toString(), Files.readAllBytes(config)).get("num_hidden_layers"))
        .intValue();
  }

  /** Changes the tensors of a safetensors file of floats in place. */
  private static void edit(Path file, BiConsumer<String, Floats> change) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    ByteBuffer all = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int header = (int) all.getLong(0);
    String json = new String(bytes, 8, header, StandardCharsets.UTF_8);
    for (Map.Entry<String, Object> entry :
        Json.readObject("header", json.getBytes(StandardCharsets.UTF_8)).entrySet()) {
      if (entry.getValue() instanceof Map<?, ?> tensor
          && tensor.get("data_offsets") instanceof List<?> offsets) {
        boolean half = tensor.get("dtype").equals("F16");
        assertThat(half || tensor.get("dtype").equals("F32")).isTrue();
        int from = ((Number) offsets.get(0)).intValue();
        int to = ((Number) offsets.get(1)).intValue();
        ByteBuffer data = all.slice(8 + header + from, to - from).order(ByteOrder.LITTLE_ENDIAN);
        change.accept(entry.getKey(), new Floats(data, half));
      }
    }
    Files.write(file, bytes);
  }

  /** A tensor's elements. */
  private record Floats(ByteBuffer data, boolean half) {
    int count() {
      return data.capacity() / (half ? Short.BYTES : Float.BYTES);
    }

    float get(int i) {
      return half ? Float.float16ToFloat(data.getShort(2 * i)) : data.getFloat(4 * i);
    }

    void set(int i, float value) {
      if (half) {
        data.putShort(2 * i, Float.floatToFloat16(value));
      } else {
        data.putFloat(4 * i, value);
      }
    }

    void multiply(float factor) {
      for (int i = 0; i < count(); i++) {
        set(i, get(i) * factor);
      }
    }

    void fill(float value) {
      for (int i = 0; i < count(); i++) {
        set(i, value);
      }
    }

    /** {@code hidden × 2 · hidden}: takes the embedding and drops the hidden state. */
    void identity() {
      int hidden = (int) Math.sqrt(count() / 2.0);
      fill(0);
      for (int i = 0; i < hidden; i++) {
        set(i * 2 * hidden + i, 1);
      }
    }
  }
}
