package io.longhaul.engine.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.longhaul.engine.GenerationOptions;
import io.longhaul.engine.LoadOptions;
import io.longhaul.engine.Model;
import io.longhaul.engine.Session;
import io.longhaul.engine.SessionOptions;
import io.longhaul.engine.cache.KvCache;
import io.longhaul.engine.file.ModelFile;
import io.longhaul.engine.json.Json;
import io.longhaul.engine.kernel.Compute;
import io.longhaul.engine.kernel.KernelChoice;
import io.longhaul.engine.tensor.FloatMatrix;
import io.longhaul.engine.tensor.TensorType;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Tiny random models with experts or an indexer select the positions and the experts that
 * transformers does, and find its logits: in one pass, in chunks and token by token, with each twin
 * of the kernels.
 *
 * <p>{@code -Dlonghaul.sparseCheckpoints=DIR} adds those that {@code
 * scripts/oracle/sparse_checkpoints.py all DIR} has made.
 */
class SparseParityTest {
  /** Of the logits' standard deviation; of the experts' weights as such. */
  private static final double TOLERANCE = 1e-3;

  private static final List<Integer> BATCHES = List.of(256, 64, 7, 1);

  record Case(SparseCheckpoint checkpoint, KernelChoice kernels) {
    @Override
    public String toString() {
      return checkpoint + ", " + kernels;
    }
  }

  /** What one way to feed a prompt made of it. */
  record Run(List<float[]> logits, SparseCheckpoint.Choices choices) {}

  static List<Case> cases() {
    List<Case> cases = new ArrayList<>();
    for (SparseCheckpoint checkpoint : SparseCheckpoint.all()) {
      cases.add(new Case(checkpoint, KernelChoice.SCALAR));
      cases.add(new Case(checkpoint, KernelChoice.VECTOR));
      cases.add(new Case(checkpoint, KernelChoice.AUTO));
    }
    return cases;
  }

  @ParameterizedTest
  @MethodSource("cases")
  void choicesAndLogitsAreThoseOfTransformers(Case c) throws IOException {
    TinyCheckpoint model = c.checkpoint.model();
    try (Arena arena = Arena.ofShared();
        ModelFile file = ModelFile.open(model.path());
        Compute compute = new Compute(c.kernels.create(), 2)) {
      Decoder decoder = Architectures.load(new Checkpoint(file, config(model), arena, true));
      for (int i = 0; i < model.prompts().size(); i++) {
        TinyCheckpoint.Reference prompt = model.prompts().get(i);
        for (int batch : BATCHES) {
          Run run = run(decoder, compute, prompt.tokenArray(), batch);
          String how = "prompt %d in batches of %d".formatted(i, batch);
          assertChoices(how, run.choices, c.checkpoint.choices().get(i));
          assertLogits(how, run.logits, prompt);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void theGreedyContinuationIsThatOfTransformers(Case c) {
    var load = new LoadOptions(2, c.kernels).withReferenceEpsilons(true);
    var options = SessionOptions.defaults().withCacheType(TensorType.F32).withBatchSize(5);
    try (Model model = Model.load(c.checkpoint.model().path(), load);
        Session session = model.newSession(options)) {
      for (TinyCheckpoint.Reference prompt : c.checkpoint.model().prompts()) {
        var generation =
            GenerationOptions.ofMaxTokens(prompt.continuation().size()).withStopAtEndTokens(false);
        assertThat(session.generate(prompt.tokenArray(), generation, text -> {}).tokens())
            .isEqualTo(prompt.continuation());
      }
    }
  }

  private static Checkpoint.Source config(TinyCheckpoint model) throws IOException {
    Path file = model.folder().resolve("config.json");
    return new Checkpoint.Source.HuggingFace(
        new HfConfig(file.toString(), Json.readObject(file.toString(), Files.readAllBytes(file))));
  }

  private static Run run(Decoder decoder, Compute compute, int[] tokens, int batch) {
    List<float[]> logits = new ArrayList<>();
    Recorder recorder = new Recorder();
    try (Arena arena = Arena.ofShared();
        KvCache cache = new KvCache(decoder.cacheLayout(TensorType.F32, false));
        Decoder.Pass pass = decoder.newPass(compute, batch)) {
      pass.observe(recorder);
      FloatMatrix rows = FloatMatrix.allocate(arena, batch, decoder.vocabSize());
      for (int from = 0; from < tokens.length; from += batch) {
        int count = Math.min(batch, tokens.length - from);
        pass.forward(tokens, from, count, cache);
        pass.logits(0, count, rows);
        for (int i = 0; i < count; i++) {
          logits.add(rows.row(i));
        }
      }
    }
    return new Run(logits, new SparseCheckpoint.Choices(recorder.selected, recorder.routed));
  }

  /** Takes down every choice; positions have to come in order, each once in a layer. */
  private static final class Recorder implements PassObserver {
    private final SortedMap<Integer, List<List<Integer>>> selected = new TreeMap<>();
    private final SortedMap<Integer, List<SparseCheckpoint.Routing>> routed = new TreeMap<>();

    @Override
    public void selected(int layer, int position, int[] positions) {
      append(selected, layer, position, IntStream.of(positions).boxed().toList());
    }

    @Override
    public void routed(int layer, int position, int[] experts, float[] weights) {
      List<Integer> order =
          IntStream.range(0, experts.length)
              .boxed()
              .sorted(Comparator.comparingInt(i -> experts[i]))
              .toList();
      append(
          routed,
          layer,
          position,
          new SparseCheckpoint.Routing(
              order.stream().map(i -> experts[i]).toList(),
              order.stream().map(i -> (double) weights[i]).toList()));
    }

    private static <T> void append(
        SortedMap<Integer, List<T>> all, int layer, int position, T choice) {
      List<T> rows = all.computeIfAbsent(layer, key -> new ArrayList<>());
      assertThat(rows)
          .as("choices in layer %d before position %d", layer, position)
          .hasSize(position);
      rows.add(choice);
    }
  }

  private static void assertChoices(
      String how, SparseCheckpoint.Choices actual, SparseCheckpoint.Choices expected) {
    assertThat(actual.selected().keySet())
        .as("layers that select, %s", how)
        .isEqualTo(expected.selected().keySet());
    assertThat(actual.routed().keySet())
        .as("layers that route, %s", how)
        .isEqualTo(expected.routed().keySet());
    expected
        .selected()
        .forEach(
            (layer, rows) ->
                assertThat(actual.selected().get(layer))
                    .as("selections of layer %d, %s", layer, how)
                    .isEqualTo(rows));
    expected
        .routed()
        .forEach(
            (layer, rows) -> {
              List<SparseCheckpoint.Routing> found = actual.routed().get(layer);
              assertThat(found)
                  .extracting(SparseCheckpoint.Routing::experts)
                  .as("experts of layer %d, %s", layer, how)
                  .isEqualTo(rows.stream().map(SparseCheckpoint.Routing::experts).toList());
              for (int position = 0; position < rows.size(); position++) {
                for (int e = 0; e < rows.get(position).weights().size(); e++) {
                  assertThat(found.get(position).weights().get(e))
                      .as("weight %d in layer %d at position %d, %s", e, layer, position, how)
                      .isCloseTo(rows.get(position).weights().get(e), within(TOLERANCE));
                }
              }
            });
  }

  private static void assertLogits(
      String how, List<float[]> actual, TinyCheckpoint.Reference expected) {
    assertThat(actual).hasSameSizeAs(expected.logits());
    double largest = 0;
    for (int position = 0; position < actual.size(); position++) {
      float[] row = actual.get(position);
      float[] truth = expected.logits().get(position);
      assertThat(row).hasSameSizeAs(truth);
      for (int i = 0; i < row.length; i++) {
        double difference = Math.abs(row[i] - truth[i]);
        // A comparison with NaN is false, and so would hide one.
        assertThat(difference).isNotNaN();
        largest = Math.max(largest, difference);
      }
      assertThat(argmax(row)).as("best token at %d, %s", position, how).isEqualTo(argmax(truth));
    }
    assertThat(largest / expected.logitsStd())
        .as("largest difference of the logits, %s", how)
        .isLessThanOrEqualTo(TOLERANCE);
  }

  private static int argmax(float[] row) {
    int best = 0;
    for (int i = 1; i < row.length; i++) {
      if (row[i] > row[best]) {
        best = i;
      }
    }
    return best;
  }
}
