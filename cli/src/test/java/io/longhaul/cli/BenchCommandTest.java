package io.longhaul.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BenchCommandTest {
  @TempDir Path temp;

  /** A checkpoint without a tokenizer will do. */
  @Test
  void measuresAsOftenAsAsked() {
    String model = CommandRun.tiny("llama-plain").toString();
    Map<String, Object> json =
        CommandRun.of(
                "bench",
                "--model",
                model,
                "--prompt",
                8,
                "--gen",
                4,
                "--threads",
                2,
                "--reps",
                3,
                "--json")
            .json();
    assertThat(json.keySet())
        .containsExactly("model", "threads", "prefetch", "warm_up", "prefill", "decode");
    assertThat(json).containsEntry("model", model).containsEntry("threads", 2L);
    assertSection(json.get("prefill"), 8, 3);
    assertSection(json.get("decode"), 4, 3);
  }

  @Test
  void warmsUpAsOftenAsAsked() {
    assertThat(value("warm_up", "--warm-up", 0)).isEqualTo(0L);
    assertThat(value("warm_up", "--warm-up", 5)).isEqualTo(5L);
    assertThat(value("warm_up")).isEqualTo(3L);
    assertFails(2, "--warm-up is -1", "--warm-up", -1);
  }

  /** The model fits the memory. */
  @Test
  void prefetchesWhenAskedOrNeeded() {
    assertThat(value("prefetch")).isEqualTo(false);
    assertThat(value("prefetch", "--prefetch", "auto")).isEqualTo(false);
    assertThat(value("prefetch", "--prefetch", "off")).isEqualTo(false);
    assertThat(value("prefetch", "--prefetch", "on")).isEqualTo(true);
    assertFails(2, "--prefetch", "--prefetch", "maybe");
  }

  private static Object value(String key, Object... option) {
    Path model = CommandRun.tiny("llama-plain");
    List<Object> line =
        new ArrayList<>(List.of("bench", "--model", model, "--prompt", 1, "--gen", 1, "--json"));
    line.addAll(List.of(option));
    return CommandRun.of(line.toArray()).json().get(key);
  }

  private static void assertSection(Object section, long tokens, int reps) {
    Map<?, ?> map = (Map<?, ?>) section;
    assertThat(List.copyOf(map.keySet())).isEqualTo(List.of("tokens", "tokens_per_second"));
    assertThat(map.get("tokens")).isEqualTo(tokens);
    assertThat((List<?>) map.get("tokens_per_second"))
        .hasSize(reps)
        .allMatch(rate -> ((Number) rate).doubleValue() > 0);
  }

  @Test
  void measuresAtADepth() throws IOException {
    Path model = SyntheticModel.saying("a").contextLength(64).write(temp.resolve("m.gguf"));
    Map<String, Object> json =
        CommandRun.of(
                "bench",
                "--model",
                model,
                "--prompt",
                16,
                "--gen",
                16,
                "--depth",
                48,
                "--reps",
                1,
                "--json")
            .json();
    assertSection(json.get("prefill"), 16, 1);
    assertSection(json.get("decode"), 16, 1);
    assertFails(
        1, "context", "--model", model, "--prompt", 16, "--gen", 16, "--depth", 49, "--reps", 1);
    assertFails(
        1, "context", "--model", model, "--prompt", 0, "--gen", 17, "--depth", 48, "--reps", 1);
  }

  @Test
  void leavesOutWhatIsNotAskedFor() {
    CommandRun run =
        CommandRun.of(
            "bench",
            "--model",
            CommandRun.tiny("llama-plain"),
            "--prompt",
            4,
            "--gen",
            0,
            "--reps",
            2,
            "--json");
    assertSection(run.json().get("prefill"), 4, 2);
    assertSection(run.json().get("decode"), 0, 0);
  }

  @Test
  void refusesNumbersThatMakeNoSense() {
    assertFails(2, "--reps is 0", "--reps", 0);
    assertFails(2, "--prompt is -1", "--prompt", -1);
    assertFails(2, "--gen is -1", "--gen", -1);
    assertFails(2, "--depth is -1", "--depth", -1);
    assertFails(2, "--threads is 0", "--threads", 0);
    assertFails(2, "nothing to measure", "--prompt", 0, "--gen", 0);
    assertFails(2, "'many' is not an int", "--prompt", "many");
  }

  private static void assertFails(int exit, String message, Object... arguments) {
    Object[] line = new Object[arguments.length + 1];
    line[0] = "bench";
    System.arraycopy(arguments, 0, line, 1, arguments.length);
    CommandRun run = CommandRun.of(line);
    assertThat(run.exit()).as(run.toString()).isEqualTo(exit);
    assertThat(run.out()).isEmpty();
    assertThat(run.err()).startsWith("longhaul: ").contains(message);
  }
}
