package io.longhaul.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.longhaul.engine.file.GgufFile;
import io.longhaul.engine.file.ModelFile;
import io.longhaul.engine.json.Json;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConvertCommandTest {
  @TempDir Path temp;

  @Test
  void convertsAndSaysWhatItDid() throws IOException {
    Path target = temp.resolve("m.gguf");
    CommandRun run =
        CommandRun.of(
            "convert", CommandRun.tiny("llama-plain"), "--type", "q8_0", "--output", target);
    assertThat(run.exit()).as(run.toString()).isZero();
    assertThat(run.out()).startsWith(target + " is ready: llama, ").contains("tensors in F32");
    assertThat(run.err()).contains("note: there is no tokenizer.json").doesNotContain("\r");
    try (GgufFile file = (GgufFile) ModelFile.open(target)) {
      assertThat(file.metadata().requireString("general.architecture")).isEqualTo("llama");
    }
    CommandRun json =
        CommandRun.of(
            "convert",
            CommandRun.tiny("llama-plain"),
            "--type",
            "F16",
            "-o",
            target,
            "--force",
            "--json",
            "--threads",
            2);
    Map<String, Object> result = json.json();
    assertThat(result)
        .containsEntry("file", target.toString())
        .containsEntry("architecture", "llama")
        .containsEntry("bytes", Files.size(target));
    assertThat(Json.asObject("output", "tensors", result.get("tensors")))
        .containsOnlyKeys("F32", "F16");
    assertThat((List<?>) result.get("notes")).hasSize(1);
  }

  @Test
  void refuses() throws IOException {
    Path there = Files.writeString(temp.resolve("there.gguf"), "precious");
    Path folder = CommandRun.tiny("llama-plain");
    assertFails(1, "--force replaces it", "convert", folder, "--type", "F16", "-o", there);
    assertThat(there).hasContent("precious");
    assertFails(2, "--type is Q9, but must be one of F32", "convert", folder, "--type", "Q9");
    assertFails(2, "--type", "convert", folder);
    assertFails(
        2, "--threads is -1", "convert", folder, "--type", "F16", "--threads", -1, "-o", there);
    assertFails(1, "is a folder", "convert", folder, "--type", "F16", "-o", temp);
    Path nowhere = temp.resolve("none/m.gguf");
    assertFails(1, "no such folder", "convert", folder, "--type", "F16", "-o", nowhere);
    Path gguf = CommandRun.tiny("gguf-llama-llama3").resolve("model.gguf");
    Path other = temp.resolve("other.gguf");
    assertFails(1, "is in GGUF already", "convert", gguf, "--type", "F16", "-o", other);
    assertFails(1, "no-such", "convert", "no-such", "--type", "F16", "-o", other);
    try (Stream<Path> files = Files.list(temp)) {
      assertThat(files).containsExactly(there);
    }
  }

  @Test
  void theBarMovesOnATerminalOnly() {
    for (boolean terminal : new boolean[] {true, false}) {
      StringWriter err = new StringWriter();
      long[] now = {0};
      ByteProgress progress =
          new ByteProgress("m.gguf", new PrintWriter(err), terminal, () -> 80, () -> now[0]);
      for (long done = 0; done <= 1_000_000_000; done += 250_000_000) {
        progress.on(done, 1_000_000_000);
        now[0] += 1_000_000_000L;
      }
      progress.end();
      if (terminal) {
        assertThat(err.toString()).contains("m.gguf   50%  [", "500 MB of 1.00 GB  250 MB/s");
      } else {
        assertThat(err.toString()).isEmpty();
      }
    }
  }

  private static void assertFails(int exit, String message, Object... arguments) {
    CommandRun run = CommandRun.of(arguments);
    assertThat(run.exit()).as(run.toString()).isEqualTo(exit);
    assertThat(run.out()).isEmpty();
    assertThat(run.err()).startsWith("longhaul: ").contains(message);
    assertThat(run.err()).hasLineCount(exit == 1 ? 1 : 2);
  }
}
