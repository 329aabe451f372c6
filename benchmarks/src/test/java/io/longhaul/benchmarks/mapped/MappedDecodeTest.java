package io.longhaul.benchmarks.mapped;

import static org.assertj.core.api.Assertions.assertThat;

import io.longhaul.engine.json.Json;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class MappedDecodeTest {
  private static final Path MODEL =
      Path.of(
          "../engine/src/test/resources/io/longhaul/engine/model/sparse/qwen3-moe-plain",
          "model.safetensors");

  /** Two layers, two experts a token, three matrices of 32 × 10 floats each. */
  private static final long EXPERT_BYTES_PER_TOKEN = 2 * 2 * 3 * 32 * 10 * Float.BYTES;

  @TempDir Path folder;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(Object... arguments) {
    CommandLine command = MappedDecode.command();
    command.setOut(new PrintWriter(out));
    command.setErr(new PrintWriter(err));
    return command.execute(
        List.of(arguments).stream().map(Object::toString).toArray(String[]::new));
  }

  @Test
  void reportsBothKindsInTurn() throws IOException {
    Path json = folder.resolve("out.json");
    int exit =
        run(
            "--tokens",
            3,
            "--warm-up",
            1,
            "--counted",
            2,
            "--rounds",
            2,
            "--threads",
            2,
            "--evict",
            "--json",
            json,
            MODEL);
    assertThat(exit).as(err.toString()).isZero();
    assertThat(out.toString())
        .contains(
            "| off | ", "| on | ", "forgotten before each run", "killed for want of memory: 0")
        .contains("The same answers with and without: yes.");
    Map<String, Object> report = Json.readObject("out.json", Files.readAllBytes(json));
    assertThat(report)
        .containsEntry("file_bytes", Files.size(MODEL))
        .containsEntry("evicted", true)
        .containsEntry("answers_agree", true);
    List<?> runs = (List<?>) report.get("runs");
    assertThat(runs.stream().map(r -> field(r, "prefetch")))
        .containsExactly("off", "on", "on", "off");
    for (Object one : runs) {
      assertThat((Double) field(one, "tokens_per_second")).isPositive();
      assertThat((List<?>) field(one, "seconds")).hasSize(3);
      assertThat(field(one, "experts")).isEqualTo(2L * 2 * 2);
      assertThat(field(one, "expert_bytes")).isEqualTo(2 * EXPERT_BYTES_PER_TOKEN);
      assertThat((Long) field(one, "pages_in_memory"))
          .isBetween(1L, (Long) field(one, "counted_pages"));
    }
  }

  private static Object field(Object run, String name) {
    return ((Map<?, ?>) run).get(name);
  }

  @Test
  void refusesWhatMakesNoSense() {
    assertThat(run("--rounds", 0, MODEL)).isEqualTo(2);
    assertThat(run("--forget", 1.5, MODEL)).isEqualTo(2);
    assertThat(run(folder.resolve("none.gguf"))).isEqualTo(2);
    assertThat(err.toString()).contains("at least 1", "is a probability", "no such file");
    assertThat(out.toString()).isEmpty();
  }
}
