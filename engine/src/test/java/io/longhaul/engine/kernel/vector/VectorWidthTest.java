package io.longhaul.engine.kernel.vector;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The vector kernels at every width, each in a JVM of its own. */
@Timeout(600)
class VectorWidthTest {
  @ParameterizedTest
  @ValueSource(ints = {128, 256, 512})
  void kernelsAgreeAtEveryWidth(int bits) throws Exception {
    Run run = run(String.valueOf(bits));
    assertThat(run.output()).containsPattern("\\d{5} cases agree at " + bits + " bits");
    assertThat(run.exitCode()).isZero();
  }

  @Test
  void anotherWidthIsRefused() throws Exception {
    Run run = run("64");
    assertThat(run.output())
        .contains("system property longhaul.vectorBits is 64, expected 128, 256 or 512");
    assertThat(run.exitCode()).isNotZero();
  }

  private record Run(int exitCode, String output) {}

  private static Run run(String bits) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules",
                "jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED",
                "-D" + VectorBits.PROPERTY + "=" + bits,
                "-cp",
                System.getProperty("java.class.path"),
                VectorComparison.class.getName())
            .redirectErrorStream(true)
            .start();
    try (InputStream output = process.getInputStream()) {
      String text = new String(output.readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
      return new Run(process.exitValue(), text);
    } finally {
      process.destroyForcibly();
    }
  }
}
