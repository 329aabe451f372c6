package io.longhaul.engine.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The fixtures say what they claim, so that a test against them compares with the right numbers.
 */
class FixturesTest {

  static List<TinyCheckpoint> checkpoints() {
    return TinyCheckpoint.all();
  }

  @Test
  void everyArchitectureHasASafetensorsAndAGgufCheckpoint() {
    for (boolean gguf : new boolean[] {false, true}) {
      assertThat(checkpoints())
          .filteredOn(checkpoint -> Files.isRegularFile(checkpoint.path()) == gguf)
          .extracting(TinyCheckpoint::architecture)
          .contains("LlamaForCausalLM", "Qwen3ForCausalLM", "Gemma3ForCausalLM");
    }
  }

  @ParameterizedTest
  @MethodSource("checkpoints")
  void theLogitsBelongToThePrompts(TinyCheckpoint checkpoint) {
    Path path = checkpoint.path();
    assertThat(Files.isRegularFile(path) || Files.exists(path.resolve("config.json"))).isTrue();
    for (TinyCheckpoint.Reference prompt : checkpoint.prompts()) {
      assertThat(prompt.tokens())
          .allMatch(token -> token >= 0 && token < checkpoint.vocabularySize());
      assertThat(prompt.logits())
          .hasSameSizeAs(prompt.tokens())
          .allMatch(row -> row.length == checkpoint.vocabularySize());
      assertThat(deviation(prompt.logits()))
          .isBetween(0.999 * prompt.logitsStd(), 1.001 * prompt.logitsStd());
      // The first greedy token is the argmax of the last row, if rows and prompts are in order.
      float[] last = prompt.logits().getLast();
      assertThat(argmax(last)).isEqualTo(prompt.continuation().getFirst());
      assertThat(prompt.continuation()).hasSize(16);
      assertThat(prompt.leastGap()).isGreaterThanOrEqualTo(0.01 * prompt.logitsStd());
    }
  }

  private static double deviation(List<float[]> logits) {
    double sum = 0;
    double squares = 0;
    int count = 0;
    for (float[] row : logits) {
      for (float logit : row) {
        sum += logit;
        squares += (double) logit * logit;
        count++;
      }
    }
    return Math.sqrt(squares / count - (sum / count) * (sum / count));
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
