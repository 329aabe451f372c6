package io.longhaul.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * When and how the launcher builds. A program named mvn takes the place of Maven: it copies what
 * the real build made, and counts.
 */
final class LauncherBuildIT {
  @TempDir private Path temporary;
  private Checkout built;
  private Checkout checkout;

  @BeforeEach
  void freshClone() throws Exception {
    built = Checkout.built(temporary.resolve("built"));
    checkout = Checkout.fresh(temporary.resolve("fresh clone"));
    Path jdk = checkout.pretendedJdk("jdk", "25.0.1");
    checkout.environment.put("LONGHAUL_JAVA_HOME", jdk.toString());
    checkout.tool(
        "mvn",
        """
        echo "$JAVA_HOME $*" >> maven.txt
        sleep 1
        mkdir -p cli/target
        cp -R '%s' cli/target/
        touch cli/target/longhaul/built
        """
            .formatted(built.layout()));
  }

  @Test
  void buildsOnFirstUseOnly() throws Exception {
    Checkout.Result first = checkout.run("--version");
    assertThat(first.out()).isEqualTo("pretended 25.0.1\n");
    assertThat(first.err()).startsWith("longhaul: Building Longhaul (first use");
    assertThat(checkout.run("--version").err()).doesNotContain("Building");
    assertThat(builds()).hasSize(1).first().asString().startsWith(checkout.folder + "/jdk -B ");
  }

  @Test
  void buildsAgainWhenASourceIsNewer() throws Exception {
    checkout.run("--version");
    Path source = checkout.folder.resolve("engine/src/main/java/A.java");
    Files.createDirectories(source.getParent());
    Files.writeString(source, "class A {}");
    Files.setLastModifiedTime(
        checkout.layout().resolve("built"),
        FileTime.fromMillis(System.currentTimeMillis() - 10_000));
    assertThat(checkout.run("--version").err()).contains("sources have changed");
    assertThat(builds()).hasSize(2);
  }

  @Test
  void twoAtOnceBuildOnce() throws Exception {
    List<String> launcher = List.of(checkout.script().toString());
    Process one = checkout.start(checkout.folder, launcher, "--version");
    Process two = checkout.start(checkout.folder, launcher, "--version");
    for (Process process : List.of(one, two)) {
      assertThat(Checkout.finish(process).out()).isEqualTo("pretended 25.0.1\n");
    }
    assertThat(builds()).hasSize(1);
    assertThat(checkout.folder.resolve("target/longhaul.lock")).doesNotExist();
  }

  @Test
  void theLockOfADeadProcessIsBroken() throws Exception {
    Path target = Files.createDirectories(checkout.folder.resolve("target"));
    Process dead = new ProcessBuilder("/bin/sh", "-c", "exit 0").start();
    dead.waitFor();
    Files.createSymbolicLink(target.resolve("longhaul.lock"), Path.of("pid:" + dead.pid()));
    assertThat(checkout.run("--version").out()).isEqualTo("pretended 25.0.1\n");
    assertThat(builds()).hasSize(1);
  }

  @Test
  void anInterruptedBuildLeavesNoLock() throws Exception {
    Process process =
        checkout.start(checkout.folder, List.of(checkout.script().toString()), "--version");
    while (!Files.exists(checkout.folder.resolve("maven.txt"))) {
      Thread.sleep(10);
    }
    process.destroy(); // SIGTERM
    assertThat(process.waitFor()).isEqualTo(143);
    assertThat(Files.isSymbolicLink(checkout.folder.resolve("target/longhaul.lock"))).isFalse();
  }

  @Test
  void withoutMavenSaysInOneLineWhatToInstall() throws Exception {
    Files.delete(checkout.tools.resolve("mvn"));
    Checkout.Result result = checkout.run("--version");
    assertThat(result.exit()).isEqualTo(1);
    assertThat(result.out()).isEmpty();
    assertThat(result.err()).contains("needs Maven 3.8 or newer").hasLineCount(1);
  }

  @Test
  void withoutRoomForItsLockSaysSo() throws Exception {
    checkout.tool("ln", "echo 'ln: No space left on device' >&2\nexit 1\n");
    Checkout.Result result = checkout.run("--version");
    assertThat(result.exit()).isEqualTo(1);
    assertThat(result.out()).isEmpty();
    assertThat(result.err())
        .contains("cannot make the lock", "target/longhaul.lock", "No space left on device")
        .hasLineCount(1);
  }

  @Test
  void showsTheErrorsOfAFailedBuild() throws Exception {
    checkout.tool(
        "mvn", "echo '[INFO] noise'\necho '[ERROR] A.java:[1,7] wrong'\necho '[ERROR] '\nexit 1\n");
    Checkout.Result result = checkout.run("--version");
    assertThat(result.exit()).isEqualTo(1);
    assertThat(result.out()).isEmpty();
    assertThat(result.err())
        .contains("A.java:[1,7] wrong", "target/longhaul-build.log")
        .doesNotContain("noise")
        .hasLineCount(3);
  }

  private List<String> builds() throws Exception {
    return Files.readAllLines(checkout.folder.resolve("maven.txt"));
  }
}
