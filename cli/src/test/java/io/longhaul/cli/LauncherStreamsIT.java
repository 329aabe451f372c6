package io.longhaul.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Arguments and streams of the launched program. Shell scripts hold the arguments that are not
 * ASCII: the JVM of this test may itself run in a locale that cannot pass them on.
 */
final class LauncherStreamsIT {
  @TempDir private static Path temporary;
  private static Checkout checkout;

  @BeforeAll
  static void prepare() throws Exception {
    checkout = Checkout.built(temporary.resolve("checkout"));
    checkout.environment.put("LONGHAUL_OFFLINE", "1");
    SyntheticModel.saying("é日").write(checkout.folder.resolve("model.gguf"));
    assertThat(checkout.run("--version").exit()).isZero();
  }

  private static Checkout.Result script(String lines) throws Exception {
    Path script = checkout.folder.resolve("script.sh");
    Checkout.executable(script, lines);
    return checkout.run(checkout.folder, List.of(script.toString()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"LC_ALL=C", "LC_ALL=POSIX", "LANG=xx_XX.UTF-8", "LC_CTYPE=C", "NONE=1"})
  void argumentsAndTextAreUtf8InEveryLocale(String locale) throws Exception {
    Checkout.Result result =
        script(
            """
            export %s
            cp model.gguf 'é日本.gguf'
            ./longhaul tokenize --model 'é日本.gguf' --decode 195,169,230,151,165 || exit
            echo
            ./longhaul chat --model 'é日本.gguf' --temperature 0 'é日本' || exit
            ./longhaul chat --model 'é日本.gguf' --temperature 0 --json 'é日本' || exit
            ./longhaul show 'fehlt-é.gguf'
            """
                .formatted(locale));
    List<String> lines = result.out().lines().toList();
    assertThat(lines).as(result.toString()).hasSize(3);
    assertThat(lines.subList(0, 2)).isEqualTo(List.of("é日", "é日"));
    assertThat(lines.get(2))
        .contains("\"model\":\"é日本.gguf\"", "\"text\":\"é日\"", "\"prompt_tokens\":27,");
    assertThat(result.err()).startsWith("longhaul: fehlt-é.gguf does not exist").hasLineCount(1);
    assertThat(result.exit()).isEqualTo(1);
  }

  @Test
  void aReaderThatGoesAwayIsNoError() throws Exception {
    Checkout.Result result =
        script("{ ./longhaul show model.gguf --json; echo \"exit $?\" >&2; } | head -n 1\n");
    assertThat(result.out()).hasLineCount(1);
    assertThat(result.err()).isEqualTo("exit 0\n");
  }

  /** The answer would have 65 thousand tokens. */
  @Test
  void chatEndsWhenNobodyReads() throws Exception {
    SyntheticModel.repeating("ab\n").write(checkout.folder.resolve("endless.gguf"));
    Checkout.Result result =
        script(
            """
            { ./longhaul chat --model endless.gguf --temperature 0 --stats Hi; } | head -n 1
            """);
    assertThat(result.out()).isEqualTo("ab\n");
    assertThat(result.err()).contains("ended by cancelled").hasLineCount(1);
  }

  @Test
  void aFullDiskIsAnError() throws Exception {
    assertThat(Path.of("/dev/full")).exists();
    Checkout.Result result = script("./longhaul show model.gguf >/dev/full\n");
    assertThat(result.exit()).isEqualTo(1);
    assertThat(result.err())
        .startsWith("longhaul: cannot write to standard output: ")
        .hasLineCount(1);
  }

  @Test
  void closedStreams() throws Exception {
    Checkout.Result result = script("./longhaul chat --model model.gguf <&-\n");
    assertThat(result.exit()).isEqualTo(1);
    assertThat(result.err())
        .isEqualTo("longhaul: the prompt from standard input is empty: ask something\n");
    result = script("./longhaul tokenize --model model.gguf <&-\n");
    assertThat(result).isEqualTo(new Checkout.Result(0, "\n", ""));
    byte[] before = Files.readAllBytes(checkout.folder.resolve("model.gguf"));
    result = script("./longhaul show model.gguf >&-\n");
    assertThat(result).isEqualTo(new Checkout.Result(0, "", ""));
    result = script("./longhaul show none.gguf 2>&-\n");
    assertThat(result).isEqualTo(new Checkout.Result(1, "", ""));
    assertThat(Files.readAllBytes(checkout.folder.resolve("model.gguf"))).isEqualTo(before);
  }

  @Test
  void aPromptComesThroughAPipe() throws Exception {
    Checkout.Result result =
        script("echo Hi | ./longhaul chat --model model.gguf --temperature 0\n");
    assertThat(result).isEqualTo(new Checkout.Result(0, "é日\n", ""));
  }
}
