package io.longhaul.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.longhaul.cli.store.HubServer;
import io.longhaul.engine.json.Json;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The output of {@code pull}, {@code models} and {@code rm}. */
class StoreCommandsTest {
  @TempDir Path temp;
  private Map<String, String> environment;
  private Path file;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @BeforeEach
  void prepare() throws IOException {
    environment = Map.of("LONGHAUL_HOME", temp.resolve("home").toString());
    file = Files.write(temp.resolve("tiny.gguf"), HubServer.gguf(1500, 1));
  }

  private int run(Object command, String... arguments) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    CommandLine line = new CommandLine(command);
    line.setOut(new PrintWriter(out));
    line.setErr(new PrintWriter(err));
    line.setExecutionExceptionHandler(
        (e, c, r) -> {
          c.getErr().println("longhaul: " + e.getMessage());
          return 1;
        });
    return line.execute(arguments);
  }

  private Map<String, Object> json() {
    return Json.readObject("output", out.toString().getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void pullListRemove() {
    assertThat(run(new PullCommand(environment), file.toString(), "--name", "mine")).isZero();
    Path stored = temp.resolve("home/models/mine/tiny.gguf");
    assertThat(out).hasToString("mine is ready: " + stored + " (1.50 kB)\n");

    assertThat(run(new ModelsCommand(environment))).isZero();
    List<String> lines = out.toString().lines().toList();
    assertThat(lines.get(0)).matches("NAME +SIZE +PULLED +SOURCE");
    assertThat(lines.get(1)).matches("mine +1.50 kB +\\d{4}-\\d\\d-\\d\\d +" + file);
    assertThat(lines.get(2)).startsWith("can be pulled: smollm2-135m");

    assertThat(run(new RmCommand(environment), "mine")).isZero();
    assertThat(out.toString()).startsWith("removed mine (");
    assertThat(run(new ModelsCommand(environment))).isZero();
    assertThat(out.toString()).startsWith("no models in " + temp.resolve("home/models"));
    assertThat(file).hasSize(1500);
  }

  @Test
  void asJson() {
    assertThat(run(new PullCommand(environment), file.toString(), "--json")).isZero();
    assertThat(json())
        .containsEntry("name", "tiny")
        .containsEntry("source", file.toString())
        .containsEntry("size", 1500L)
        .containsEntry("fetched", true)
        .containsEntry("path", temp.resolve("home/models/tiny/tiny.gguf").toString());
    run(new PullCommand(environment), file.toString(), "--json");
    assertThat(json()).containsEntry("fetched", false);
    assertThat(run(new ModelsCommand(environment), "--json")).isZero();
    List<?> models = (List<?>) json().get("models");
    assertThat(Json.asObject("output", "models", models.getFirst())).containsEntry("name", "tiny");
    assertThat((List<?>) json().get("available")).hasSize(2);
    assertThat((List<?>) json().get("unfinished")).isEmpty();
  }

  @Test
  void aDamagedModelDoesNotHideTheOthers() throws IOException {
    run(new PullCommand(environment), file.toString());
    Path broken = Files.createDirectories(temp.resolve("home/models/broken"));
    Files.writeString(broken.resolve("model.json"), "{");
    assertThat(run(new ModelsCommand(environment))).isZero();
    assertThat(out.toString()).contains("tiny");
    assertThat(err.toString()).startsWith("longhaul: ").contains("is damaged");
    assertThat(run(new RmCommand(environment), "broken")).isZero();
  }

  @Test
  void offlineIsAnOption() {
    assertThat(run(new PullCommand(environment), "smollm2-135m", "--offline")).isEqualTo(1);
    assertThat(err.toString()).contains("--offline").contains("forbids the network");
  }

  @Test
  void wrongUsage() {
    assertThat(run(new PullCommand(environment))).isEqualTo(2);
    assertThat(run(new RmCommand(environment))).isEqualTo(2);
    assertThat(run(new ModelsCommand(environment), "extra")).isEqualTo(2);
  }
}
