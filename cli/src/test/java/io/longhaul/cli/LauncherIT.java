package io.longhaul.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The launcher of a built checkout, whose fast start is prepared. */
final class LauncherIT {
  @TempDir private static Path temporary;
  private static Checkout checkout;
  private static Checkout.Result first;

  @BeforeAll
  static void prepare() throws Exception {
    checkout = Checkout.built(temporary.resolve("a checkout"));
    first = checkout.run("--version");
  }

  @Test
  void preparesItsFastStartInOneLine() throws Exception {
    assertVersion(first);
    assertThat(first.err()).startsWith("longhaul: Preparing a fast start").hasLineCount(1);
    assertThat(checkout.prepared().resolve("longhaul.aot")).isNotEmptyFile();
    assertThat(Files.readString(checkout.prepared().resolve("java.options")))
        .contains("-XX:AOTCache=", "-Xbootclasspath/a:");
  }

  @Test
  void printsTheAnswerAlone() throws Exception {
    Checkout.Result result = checkout.run("--version");
    assertVersion(result);
    assertThat(result.err()).isEmpty();
  }

  @Test
  void takesTheClassesFromTheCache() throws Exception {
    checkout.environment.put("LONGHAUL_JAVA_OPTS", "-Xlog:class+load:file=load.txt");
    assertVersion(checkout.run("--version"));
    checkout.environment.remove("LONGHAUL_JAVA_OPTS");
    assertThat(Files.readAllLines(checkout.folder.resolve("load.txt")))
        .anyMatch(line -> line.contains("picocli.CommandLine source: shared objects file"))
        .anyMatch(line -> line.contains("io.longhaul.cli.Longhaul source: shared objects file"));
  }

  static Stream<List<String>> shells() {
    return Stream.of("/bin/sh", "/bin/dash", "/bin/bash")
        .filter(shell -> Files.isExecutable(Path.of(shell)))
        .map(shell -> List.of(shell, "longhaul"));
  }

  @ParameterizedTest
  @MethodSource("shells")
  void runsUnderEveryShell(List<String> launcher) throws Exception {
    Checkout.Result result = checkout.run(checkout.folder, launcher, "--version");
    assertVersion(result);
    assertThat(result.err()).isEmpty();
  }

  @Test
  void runsThroughAChainOfLinksFromAnotherFolder() throws Exception {
    Path bin = Files.createDirectories(temporary.resolve("other place/bin"));
    Path link = Files.createSymbolicLink(bin.resolve("first"), checkout.script());
    Path second = Files.createSymbolicLink(bin.resolve("lh"), link.getFileName());
    Path third =
        Files.createSymbolicLink(bin.getParent().resolve("lh"), Path.of("bin").resolve("lh"));
    for (List<String> launcher :
        List.of(List.of(second.toString()), List.of(third.toString()), List.of("bin/lh"))) {
      Checkout.Result result = checkout.run(bin.getParent(), launcher, "--version");
      assertVersion(result);
      assertThat(result.err()).isEmpty();
    }
  }

  @Test
  void passesTheExitCodeOn() throws Exception {
    assertThat(checkout.run("--version").exit()).isEqualTo(0);
    Checkout.Result wrong = checkout.run("--no-such-option");
    assertThat(wrong.exit()).isEqualTo(2);
    assertThat(wrong.out()).isEmpty();
    assertThat(wrong.err()).contains("--no-such-option");
  }

  @Test
  void showsWhatTheJvmRefuses() throws Exception {
    checkout.environment.put("LONGHAUL_JAVA_OPTS", "-XX:+NoSuchOption");
    Checkout.Result result = checkout.run("--version");
    checkout.environment.remove("LONGHAUL_JAVA_OPTS");
    assertThat(result.exit()).isEqualTo(1);
    assertThat(result.out()).isEmpty();
    assertThat(result.err()).contains("NoSuchOption");
  }

  @Test
  void runsVectorInstructionsFromTheBootClassPath() throws Exception {
    assertThat(java(checkout.prepared().resolve("java.options"), "VectorCheck", "10").exit())
        .isEqualTo(0);
  }

  @Test
  void noticesThatTheVectorApiIsNotCompiled() throws Exception {
    Path options = temporary.resolve("slow.options");
    List<String> lines = Files.readAllLines(checkout.prepared().resolve("java.options"));
    Files.write(
        options,
        lines.stream().filter(l -> !l.contains("EnableVector") && !l.contains("AOT")).toList());
    Checkout.Result result = java(options, "VectorCheck", "1");
    assertThat(result.exit()).as(result.toString()).isEqualTo(1);
  }

  @Test
  void runsVectorInstructionsFromTheLoadedModule() throws Exception {
    Path options = temporary.resolve("module.options");
    Files.writeString(options, "--add-exports=java.base/jdk.internal.module=ALL-UNNAMED");
    Checkout.Result result = java(options, "LoadedModule", "10");
    assertThat(result.exit()).as(result.toString()).isEqualTo(0);
    assertThat(result.err()).isEmpty();
  }

  @Test
  void theJarRunsWithoutTheLauncher() throws Exception {
    Checkout.Result result =
        checkout.run(
            temporary,
            List.of(Checkout.jdk().resolve("bin/java").toString()),
            "-jar",
            checkout.layout().resolve("longhaul.jar").toString(),
            "--version");
    assertVersion(result);
    assertThat(result.err()).isEmpty();
  }

  @Test
  void preparesAgainForAnotherJar() throws Exception {
    Checkout other = Checkout.built(temporary.resolve("another jar"));
    Path prepared = other.layout().resolve("jdk").resolve(checkout.prepared().getFileName());
    Path options = Files.createDirectories(prepared).resolve("java.options");
    Files.writeString(options, "# %s %s\n".formatted(Checkout.jdk(), other.layout()));
    assertThat(other.run("--version").err()).isEmpty();

    FileTime jar = Files.getLastModifiedTime(other.layout().resolve("longhaul.jar"));
    Files.setLastModifiedTime(options, FileTime.fromMillis(jar.toMillis() - 1000));
    Checkout.Result result = other.run("--version");
    assertVersion(result);
    assertThat(result.err()).startsWith("longhaul: Preparing").hasLineCount(1);
    assertThat(options).content().contains("-XX:AOTCache=");
  }

  @Test
  void aBrokenCacheIsNoError() throws Exception {
    Path cache = checkout.prepared().resolve("longhaul.aot");
    Path aside = Files.move(cache, temporary.resolve("whole.aot"));
    Files.writeString(cache, "not a cache");
    Checkout.Result result = checkout.run("--version");
    Files.move(aside, cache, StandardCopyOption.REPLACE_EXISTING);
    assertVersion(result);
    assertThat(result.err()).isEmpty();
  }

  @Test
  void saysOnceThatNoFastStartCouldBePrepared() throws Exception {
    Checkout other = Checkout.built(temporary.resolve("no cache"));
    Path prepared = other.layout().resolve("jdk").resolve(checkout.prepared().getFileName());
    Files.createDirectories(prepared.resolve("longhaul.aot").resolve("in the way"));
    Checkout.Result result = other.run("--version");
    assertVersion(result);
    assertThat(result.err())
        .hasLineCount(2)
        .contains("longhaul: That failed, so that each start takes longer; why is in ");
    assertThat(other.folder.resolve("target/longhaul-prepare.log"))
        .content()
        .contains("DirectoryNotEmptyException");
    assertThat(other.run("--version").err()).isEmpty();
  }

  @Test
  void aFolderThatCannotBeWrittenToIsNoError() throws Exception {
    Checkout other = Checkout.built(temporary.resolve("read only"));
    Files.writeString(other.folder.resolve("target"), "no folder can be made here");
    Checkout.Result result = other.run("--version");
    assertVersion(result);
    assertThat(result.err()).isEmpty();
  }

  private static Checkout.Result java(Path options, String program, String seconds)
      throws Exception {
    return checkout.run(
        temporary,
        List.of(Checkout.jdk().resolve("bin/java").toString()),
        "@" + options,
        "-cp",
        checkout.layout().resolve("longhaul.jar")
            + java.io.File.pathSeparator
            + Path.of("target/test-classes").toAbsolutePath(),
        "io.longhaul.cli.start." + program,
        seconds);
  }

  private static void assertVersion(Checkout.Result result) {
    assertThat(result.exit()).as(result.toString()).isEqualTo(0);
    assertThat(result.out()).matches("longhaul [0-9]+(\\.[0-9]+)+(-SNAPSHOT)?\\R");
  }
}
