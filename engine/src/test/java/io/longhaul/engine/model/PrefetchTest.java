package io.longhaul.engine.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.longhaul.engine.LoadOptions;
import io.longhaul.engine.Model;
import io.longhaul.engine.Session;
import io.longhaul.engine.SessionOptions;
import io.longhaul.engine.file.Prefetch;
import io.longhaul.engine.file.PrefetchStatistics;
import io.longhaul.engine.json.Json;
import io.longhaul.engine.kernel.KernelChoice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The prefetch of chosen experts changes what is read when, and no result. */
class PrefetchTest {
  /** Logits of a prompt, and what its experts took. */
  private record Run(List<float[]> logits, PrefetchStatistics statistics) {}

  static Stream<SparseCheckpoint> checkpoints() {
    return SparseCheckpoint.all().stream();
  }

  @ParameterizedTest
  @MethodSource("checkpoints")
  void theLogitsAreTheSameToTheBit(SparseCheckpoint checkpoint) {
    Run off = run(checkpoint, Prefetch.OFF, 7);
    Run on = run(checkpoint, Prefetch.ON, 7);
    assertThat(on.logits).hasSameSizeAs(off.logits);
    for (int i = 0; i < on.logits.size(); i++) {
      assertThat(on.logits.get(i)).as("position %d", i).containsExactly(off.logits.get(i));
    }
    assertThat(off.statistics.prefetching()).isFalse();
    assertThat(off.statistics.requestedBytes()).isZero();
    assertThat(on.statistics.prefetching()).isTrue();
    assertThat(on.statistics.refusedRequests()).isZero();
    assertThat(on.statistics.experts()).isEqualTo(off.statistics.experts());
    assertThat(on.statistics.bytes()).isEqualTo(off.statistics.bytes());
  }

  /** A token at a time, so that no two tokens share an expert's weights. */
  @Test
  void everyChosenExpertCounts() throws IOException {
    SparseCheckpoint checkpoint =
        checkpoints().filter(c -> c.model().name().equals("qwen3-moe-plain")).findFirst().get();
    Path file = checkpoint.model().path().resolve("config.json");
    Map<String, Object> config = Json.readObject(file.toString(), Files.readAllBytes(file));
    long tokens = checkpoint.model().prompts().getFirst().tokens().size();
    long experts =
        tokens * (Long) config.get("num_hidden_layers") * (Long) config.get("num_experts_per_tok");
    long weights =
        3 * (Long) config.get("hidden_size") * (Long) config.get("moe_intermediate_size");
    Run run = run(checkpoint, Prefetch.AUTO, 1);
    assertThat(run.statistics.experts()).isEqualTo(experts);
    assertThat(run.statistics.bytes()).isEqualTo(experts * weights * Float.BYTES);
    assertThat(run.statistics.shareInMemory()).isBetween(0.5, 1.0);
    // The model is far smaller than any memory.
    assertThat(run.statistics.prefetching()).isFalse();
  }

  private static Run run(SparseCheckpoint checkpoint, Prefetch prefetch, int batch) {
    var load = new LoadOptions(2, KernelChoice.VECTOR).withPrefetch(prefetch);
    List<float[]> logits = new ArrayList<>();
    try (Model model = Model.load(checkpoint.model().path(), load);
        Session session = model.newSession(SessionOptions.defaults().withBatchSize(batch))) {
      model.countPages(true);
      int[] text = checkpoint.model().prompts().getFirst().tokenArray();
      session.logits(text, p -> true, (p, row) -> logits.add(row.clone()));
      return new Run(logits, model.prefetchStatistics());
    }
  }
}
