package io.longhaul.engine.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.longhaul.engine.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The fixtures with experts and indexers say what they claim. */
class SparseFixturesTest {

  static List<SparseCheckpoint> checkpoints() {
    return SparseCheckpoint.all();
  }

  @Test
  void everyArchitectureHasACheckpoint() {
    assertThat(checkpoints())
        .extracting(checkpoint -> checkpoint.model().architecture())
        .contains(
            "GlmMoeDsaForCausalLM",
            "DeepseekV32ForCausalLM",
            "DeepseekV3ForCausalLM",
            "Glm4MoeLiteForCausalLM",
            "Glm4MoeForCausalLM",
            "Qwen3MoeForCausalLM");
  }

  @ParameterizedTest
  @MethodSource("checkpoints")
  void theSelectionsAreAsManyAsTheConfigurationAllows(SparseCheckpoint checkpoint)
      throws IOException {
    Map<String, Object> config = config(checkpoint);
    boolean indexed = config.containsKey("index_topk");
    for (int i = 0; i < checkpoint.choices().size(); i++) {
      int tokens = checkpoint.model().prompts().get(i).tokens().size();
      var selected = checkpoint.choices().get(i).selected();
      assertThat(selected.isEmpty()).isEqualTo(!indexed);
      for (List<List<Integer>> rows : selected.values()) {
        int topK = Math.toIntExact((Long) config.get("index_topk"));
        assertThat(rows).hasSize(tokens);
        for (int position = 0; position < tokens; position++) {
          assertThat(rows.get(position))
              .hasSize(Math.min(topK, position + 1))
              .isSorted()
              .doesNotHaveDuplicates();
          assertThat(rows.get(position).getFirst()).isNotNegative();
          assertThat(rows.get(position).getLast()).isLessThanOrEqualTo(position);
        }
        if (i == 0) {
          assertThat(tokens).as("a prompt far beyond the selection").isGreaterThan(3 * topK);
          List<Integer> lately = IntStream.range(tokens - topK, tokens).boxed().toList();
          assertThat(rows.getLast()).as("no mere window").isNotEqualTo(lately);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("checkpoints")
  void theRoutingsAreAsManyAsTheConfigurationSays(SparseCheckpoint checkpoint) throws IOException {
    int perToken = Math.toIntExact((Long) config(checkpoint).get("num_experts_per_tok"));
    for (int i = 0; i < checkpoint.choices().size(); i++) {
      int tokens = checkpoint.model().prompts().get(i).tokens().size();
      for (List<SparseCheckpoint.Routing> rows : checkpoint.choices().get(i).routed().values()) {
        assertThat(rows).hasSize(tokens);
        assertThat(rows)
            .allSatisfy(
                row -> {
                  assertThat(row.experts()).hasSize(perToken).isSorted().doesNotHaveDuplicates();
                  assertThat(row.weights()).hasSize(perToken).allMatch(weight -> weight > 0);
                });
        if (i == 0) {
          assertThat(new HashSet<>(rows.stream().map(SparseCheckpoint.Routing::experts).toList()))
              .as("different tokens go to different experts")
              .hasSizeGreaterThan(2);
        }
      }
    }
  }

  private static Map<String, Object> config(SparseCheckpoint checkpoint) throws IOException {
    Path file = checkpoint.model().folder().resolve("config.json");
    return Json.readObject(file.toString(), Files.readAllBytes(file));
  }
}
