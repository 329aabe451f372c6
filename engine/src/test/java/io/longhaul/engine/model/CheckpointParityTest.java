package io.longhaul.engine.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.longhaul.engine.GenerationOptions;
import io.longhaul.engine.LoadOptions;
import io.longhaul.engine.Model;
import io.longhaul.engine.Session;
import io.longhaul.engine.SessionOptions;
import io.longhaul.engine.kernel.KernelChoice;
import io.longhaul.engine.tensor.TensorType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Tiny random checkpoints compute what transformers computes: in one pass, in chunks, token by
 * token and from a saved session, with each twin of the kernels.
 *
 * <p>{@code -Dlonghaul.checkpoints=DIR} adds those that {@code scripts/oracle/tiny_checkpoints.py
 * all DIR} has made.
 */
class CheckpointParityTest {
  /** Of the logits' standard deviation. */
  private static final double TOLERANCE = 1e-3;

  /** Of a machine twin with quantized weights: within the rounding of their type. */
  private static final double QUANTIZED_TOLERANCE = 1e-2;

  private static final List<Integer> BATCHES = List.of(64, 7, 1);

  @TempDir Path folder;

  record Case(TinyCheckpoint checkpoint, KernelChoice kernels) {
    double tolerance() {
      boolean rounded = kernels == KernelChoice.AUTO && checkpoint.toString().contains("q8_0");
      return rounded ? QUANTIZED_TOLERANCE : TOLERANCE;
    }

    @Override
    public String toString() {
      return checkpoint + ", " + kernels;
    }
  }

  static List<Case> cases() {
    List<TinyCheckpoint> checkpoints = new ArrayList<>(TinyCheckpoint.all());
    String more = System.getProperty("longhaul.checkpoints", "");
    if (!more.isEmpty()) {
      try (Stream<Path> folders = Files.list(Path.of(more))) {
        folders.sorted().map(TinyCheckpoint::read).forEach(checkpoints::add);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    List<Case> cases = new ArrayList<>();
    for (TinyCheckpoint checkpoint : checkpoints) {
      cases.add(new Case(checkpoint, KernelChoice.SCALAR));
      cases.add(new Case(checkpoint, KernelChoice.VECTOR));
      cases.add(new Case(checkpoint, KernelChoice.AUTO));
    }
    return cases;
  }

  @ParameterizedTest
  @MethodSource("cases")
  void theLogitsAreThoseOfTransformers(Case c) {
    try (Model model = load(c)) {
      for (TinyCheckpoint.Reference prompt : c.checkpoint.prompts()) {
        List<float[]> first = List.of();
        for (int batch : BATCHES) {
          List<float[]> logits = logits(model, prompt, batch);
          assertThat(largestDifference(logits, prompt.logits()))
              .as("largest difference in batches of %d", batch)
              .isLessThanOrEqualTo(c.tolerance() * prompt.logitsStd());
          if (first.isEmpty()) {
            first = logits;
          }
          if (c.kernels != KernelChoice.AUTO) {
            assertSameBits("in batches of " + batch, logits, first);
          }
        }
        List<float[]> reloaded = reloadedLogits(model, prompt);
        if (c.kernels == KernelChoice.AUTO) {
          // A machine twin may multiply many tokens in another way than few.
          assertThat(largestDifference(reloaded, prompt.logits()))
              .as("largest difference from a saved session")
              .isLessThanOrEqualTo(c.tolerance() * prompt.logitsStd());
        } else {
          assertSameBits("from a saved session", reloaded, first);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void theGreedyContinuationIsThatOfTransformers(Case c) {
    try (Model model = load(c);
        Session session = model.newSession(options(5))) {
      for (TinyCheckpoint.Reference prompt : c.checkpoint.prompts()) {
        var options =
            GenerationOptions.ofMaxTokens(prompt.continuation().size()).withStopAtEndTokens(false);
        assertThat(session.generate(prompt.tokenArray(), options, text -> {}).tokens())
            .isEqualTo(prompt.continuation());
      }
    }
  }

  private static Model load(Case c) {
    return Model.load(c.checkpoint.path(), new LoadOptions(2, c.kernels));
  }

  private static SessionOptions options(int batch) {
    return SessionOptions.defaults().withCacheType(TensorType.F32).withBatchSize(batch);
  }

  private static List<float[]> logits(Model model, TinyCheckpoint.Reference prompt, int batch) {
    List<float[]> logits = new ArrayList<>();
    try (Session session = model.newSession(options(batch))) {
      session.logits(prompt.tokenArray(), p -> true, (p, row) -> logits.add(row.clone()));
    }
    return logits;
  }

  /** The logits of the first half, and those of the second by a session that knows the first. */
  private List<float[]> reloadedLogits(Model model, TinyCheckpoint.Reference prompt) {
    List<float[]> logits = new ArrayList<>();
    int[] text = prompt.tokenArray();
    int half = text.length / 2;
    Path file = folder.resolve("session");
    try (Session session = model.newSession(options(7))) {
      session.logits(Arrays.copyOf(text, half), p -> true, (p, row) -> logits.add(row.clone()));
      session.save(file);
    }
    try (Session session = model.loadSession(file, options(7))) {
      assertThat(session.length()).isEqualTo(half);
      session.logits(text, p -> p >= half, (p, row) -> logits.add(row.clone()));
    }
    return logits;
  }

  private static void assertSameBits(String how, List<float[]> actual, List<float[]> expected) {
    assertThat(actual).hasSameSizeAs(expected);
    for (int i = 0; i < expected.size(); i++) {
      assertThat(actual.get(i))
          .as("position %d %s, to the bit", i, how)
          .containsExactly(expected.get(i));
    }
  }

  private static double largestDifference(List<float[]> actual, List<float[]> expected) {
    assertThat(actual).hasSameSizeAs(expected);
    double largest = 0;
    for (int i = 0; i < expected.size(); i++) {
      assertThat(actual.get(i)).hasSameSizeAs(expected.get(i));
      for (int j = 0; j < expected.get(i).length; j++) {
        double difference = Math.abs(actual.get(i)[j] - expected.get(i)[j]);
        // A comparison with NaN is false, and so would hide one.
        assertThat(difference).isNotNaN();
        largest = Math.max(largest, difference);
      }
    }
    return largest;
  }
}
