package io.longhaul.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which JDK the launcher takes: each of these only prints its version. */
final class LauncherJdkIT {
  @TempDir private Path temporary;
  private Checkout checkout;

  @BeforeEach
  void noJdk() throws Exception {
    checkout = Checkout.built(temporary.resolve("checkout"));
    checkout.environment.remove("LONGHAUL_JAVA_HOME");
    checkout.environment.put("LONGHAUL_JDK_PATH", "");
  }

  @Test
  void saysInOneLineWhatToInstall() throws Exception {
    Checkout.Result result = checkout.run("--version");
    assertThat(result.exit()).isEqualTo(1);
    assertThat(result.out()).isEmpty();
    assertThat(result.err()).contains("needs JDK 25 or newer").hasLineCount(1);
  }

  @Test
  void anOldOneIsNone() throws Exception {
    checkout.environment.put("JAVA_HOME", checkout.pretendedJdk("old", "17.0.15").toString());
    assertThat(checkout.run("--version").err()).contains("needs JDK 25 or newer");
  }

  @Test
  void takesThatOfJavaHome() throws Exception {
    checkout.environment.put("JAVA_HOME", checkout.pretendedJdk("a jdk", "25.0.1").toString());
    assertRuns("25.0.1");
  }

  @Test
  void takesThatOfTheJavaOnThePath() throws Exception {
    Path java = checkout.pretendedJdk("a jdk", "25.0.2").resolve("bin/java");
    Path link = Files.createSymbolicLink(checkout.folder.resolve("java"), java);
    Files.createSymbolicLink(
        checkout.tools.resolve("java"), Path.of("..").resolve(link.getFileName()));
    assertRuns("25.0.2");
  }

  @Test
  void takesThatOfAUsualFolder() throws Exception {
    checkout.pretendedJdk("jdks/one of them", "25");
    checkout.environment.put("LONGHAUL_JDK_PATH", "/nowhere/*:" + checkout.folder + "/jdks/*");
    assertRuns("25");
  }

  @Test
  void takesOneOfTheFoldersItKnows() throws Exception {
    checkout.environment.remove("LONGHAUL_JDK_PATH");
    checkout.pretendedJdk("home/.sdkman/candidates/java/25-tem", "25.0.77");
    // A JDK 25 of this machine may come before it, but none that is newer.
    checkout.environment.put("JAVA_HOME", checkout.pretendedJdk("new", "26").toString());
    Files.writeString(checkout.folder.resolve("target"), "nothing can be prepared here");
    assertThat(checkout.run("--version").out()).matches("(longhaul .*|pretended 25\\.0\\.77)\\R");
  }

  @Test
  void prefers25ToANewerOne() throws Exception {
    checkout.environment.put("JAVA_HOME", checkout.pretendedJdk("new", "26.0.1").toString());
    checkout.pretendedJdk("jdks/lts", "25.0.3");
    checkout.environment.put("LONGHAUL_JDK_PATH", checkout.folder + "/jdks/*");
    assertRuns("25.0.3");
  }

  @Test
  void takesANewerOneIfThereIsNo25() throws Exception {
    checkout.pretendedJdk("jdks/old", "24");
    checkout.pretendedJdk("jdks/young", "26-ea");
    checkout.environment.put("LONGHAUL_JDK_PATH", checkout.folder + "/jdks/*");
    assertRuns("26-ea");
  }

  @Test
  void longhaulJavaHomeDecides() throws Exception {
    checkout.environment.put("JAVA_HOME", checkout.pretendedJdk("a", "25.0.1").toString());
    checkout.environment.put("LONGHAUL_JAVA_HOME", checkout.pretendedJdk("b", "27").toString());
    assertRuns("27");
    checkout.environment.put("LONGHAUL_JAVA_HOME", "/nowhere");
    Checkout.Result result = checkout.run("--version");
    assertThat(result.exit()).isEqualTo(1);
    assertThat(result.err()).contains("LONGHAUL_JAVA_HOME=/nowhere").hasLineCount(1);
  }

  private void assertRuns(String version) throws Exception {
    Checkout.Result result = checkout.run("--version");
    assertThat(result.out()).as(result.toString()).isEqualTo("pretended " + version + "\n");
  }
}
