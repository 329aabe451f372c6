package io.longhaul.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlanCommandTest {
  private static final Path GLM =
      Path.of("../engine/src/test/resources/io/longhaul/engine/plan/glm-5.2.json");
  @TempDir Path temp;

  @Test
  void tellsWhatGlmTakes() {
    CommandRun run =
        CommandRun.of("plan", GLM, "--context", 131_072, "--memory", 512, "--bandwidth", 400);
    assertThat(run.exit()).as(run.err()).isZero();
    assertThat(run.out())
        .contains("753.33 B parameters, 40.30 B active per token")
        .containsPattern("latent +11.8 GB +89,856 bytes a token")
        .containsPattern("Q4_K_M +466 GB  fits")
        .containsPattern("Q6_K +626 GB  does not fit")
        .contains("take Q4_K_M (466 GB), the largest quantization that fits")
        .containsPattern("after +0 tokens: at most [0-9.]+ tokens/s, likely [0-9.]+ ");
    assertThat(run.out().lines()).allMatch(line -> line.equals(line.stripTrailing()));
  }

  @Test
  void measuresThisMachine() {
    CommandRun run = CommandRun.of("plan", CommandRun.tiny("gguf-llama-llama3"), "--json");
    Map<String, Object> plan = run.json();
    assertThat(plan)
        .containsEntry("architecture", "llama")
        .containsKeys("weights_by_type", "weights_by_role", "quantizations", "changes");
    @SuppressWarnings("unchecked")
    Map<String, Object> machine = (Map<String, Object>) plan.get("machine");
    assertThat(machine).containsEntry("bandwidth_measured", true);
    assertThat((long) machine.get("bandwidth"))
        .isGreaterThanOrEqualTo((long) machine.get("bandwidth_of_one_thread"))
        .isGreaterThan(50_000_000);
    assertThat((List<?>) plan.get("decode")).hasSize(2);
  }

  @Test
  void aTypeChangesTheWeights() {
    Map<String, Object> plan =
        CommandRun.of("plan", GLM, "--type", "q8_0", "--memory", 1000, "--bandwidth", 100, "--json")
            .json();
    @SuppressWarnings("unchecked")
    Map<String, Object> memory = (Map<String, Object>) plan.get("memory");
    assertThat(memory).containsEntry("fits", true);
    // 753.33 billion at 8.5 bits; routers stay floats
    assertThat((long) memory.get("weights") / 1e9).isBetween(800.0, 802.0);
  }

  @Test
  void aFolderWithAConfigurationAloneWillDo() throws IOException {
    Files.copy(GLM, temp.resolve("config.json"));
    CommandRun run = CommandRun.of("plan", temp, "--memory", 10, "--bandwidth", 100);
    assertThat(run.exit()).as(run.err()).isZero();
    assertThat(run.out()).contains("cannot run", "no quantization fits");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "2|--memory is 0, but must be a number above 0|--memory 0",
        "2|--memory is -5|--memory -5",
        "2|--memory|--memory NaN",
        "2|--bandwidth is 10000000000, but must be from 0 to 1000000000|--bandwidth 1e10",
        "2|--disk is 0|--disk 0",
        "2|--context is -1|--context -1",
        "2|--threads is 0|--threads 0",
        "2|--type is I32|--type I32",
        "2|--type|--type Q9",
        "1|a context of 1048577 tokens; the model was made for 1 to 1048576|--context 1048577"
      })
  void refuses(int exit, String message, String options) {
    List<Object> line = new ArrayList<>(List.of("plan", GLM));
    if (exit == 1) {
      line.addAll(List.of("--bandwidth", 10));
    }
    line.addAll(List.of(options.split(" ", -1)));
    CommandRun run = CommandRun.of(line.toArray());
    assertThat(run.exit()).as(run.toString()).isEqualTo(exit);
    assertThat(run.err()).contains(message);
  }

  @Test
  void namesTheFileThatIsMissingOrWrong() throws IOException {
    assertThat(CommandRun.of("plan", "none.gguf").err()).contains("none.gguf does not exist");
    Path broken = Files.writeString(temp.resolve("config.json"), "{\"model_type\": \"llama\"}");
    CommandRun run = CommandRun.of("plan", broken);
    assertThat(run.exit()).isEqualTo(1);
    assertThat(run.err()).contains(broken.toString(), "field hidden_size is missing");
    assertThat(run.err()).hasLineCount(1);
  }
}
