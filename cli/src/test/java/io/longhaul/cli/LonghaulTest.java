package io.longhaul.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

/** Help, errors and the ends of standard output. */
class LonghaulTest {
  static Stream<List<String>> commands() {
    List<List<String>> paths = new ArrayList<>();
    collect(List.of(), Longhaul.commandLine(), paths);
    return paths.stream();
  }

  private static void collect(List<String> path, CommandLine command, List<List<String>> paths) {
    paths.add(path);
    command
        .getSubcommands()
        .forEach(
            (name, subcommand) -> {
              List<String> longer = new ArrayList<>(path);
              longer.add(name);
              collect(longer, subcommand, paths);
            });
  }

  @ParameterizedTest
  @MethodSource("commands")
  void helpShowsAnExample(List<String> path) {
    List<Object> line = new ArrayList<>(path);
    line.add("--help");
    CommandRun run = CommandRun.of(line.toArray());
    assertThat(run.exit()).isZero();
    assertThat(run.err()).isEmpty();
    assertThat(run.out()).startsWith("Usage: longhaul").contains("Example", "--debug");
    assertThat(run.out()).doesNotContain("\u001b");
  }

  @Test
  void allCommandsAreThere() {
    assertThat(Longhaul.commandLine().getSubcommands().keySet())
        .contains(
            "chat",
            "pull",
            "models",
            "show",
            "rm",
            "plan",
            "bench",
            "eval",
            "tokenize",
            "template");
  }

  @Test
  void aCommandThatIsNamedFirstIsReadAlone() {
    for (String name : Longhaul.commandLine().getSubcommands().keySet()) {
      assertThat(Longhaul.commandLine(name, "--help").getSubcommands()).containsOnlyKeys(name);
    }
  }

  @Test
  void debugShowsTheStackTraceWhereverItStands() {
    for (Object[] line :
        new Object[][] {
          {"--debug", "show", "none.gguf"},
          {"show", "--debug", "none.gguf"},
          {"show", "none.gguf", "--debug"},
          {"eval", "greedy", "--model", "none.gguf", "--tokens", "1", "--debug"}
        }) {
      CommandRun run = CommandRun.of(line);
      assertThat(run.exit()).isEqualTo(1);
      assertThat(run.err()).startsWith("longhaul: none.gguf").contains("\tat io.longhaul.");
    }
    assertThat(CommandRun.of("show", "none.gguf").err()).hasLineCount(1);
  }

  @Test
  void wrongUsage() {
    for (Object[] line : new Object[][] {{}, {"chta"}, {"--none"}, {"show", "--none", "x"}}) {
      CommandRun run = CommandRun.of(line);
      assertThat(run.exit()).isEqualTo(2);
      assertThat(run.out()).isEmpty();
      assertThat(run.err()).startsWith("longhaul: ").contains(" --help'.");
    }
  }

  @Test
  void aPathThatIsNoneIsOneLine() {
    CommandRun run = CommandRun.of("show", "a\u0000b.gguf");
    assertThat(run.exit()).isEqualTo(1);
    assertThat(run.err()).startsWith("longhaul: ").doesNotContain("internal").hasLineCount(1);
  }

  private static StandardOutput failing(String message) {
    return new StandardOutput(
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            throw new IOException(message);
          }
        });
  }

  @Test
  void aFullDiskIsAnErrorAndAReaderThatHasGoneIsNone() {
    StandardOutput full = failing("No space left on device");
    full.writer().println("text");
    assertThat(full.failure()).contains("No space left on device");
    StandardOutput broken = failing("Broken pipe");
    broken.writer().println("text");
    assertThat(broken.failure()).isEmpty();
    assertThat(broken.writer().checkError()).isTrue();
  }
}
