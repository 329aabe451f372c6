package io.longhaul.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A copy of what the launcher needs, in a folder of its own: the launcher, and what the build has
 * laid out for it. Its environment holds nothing of the machine's but a few tools.
 */
final class Checkout {
  /** The commands that the launcher may use; nothing else is on its PATH. */
  private static final List<String> TOOLS =
      List.of(
          "sh",
          "find",
          "grep",
          "head",
          "ln",
          "mkdir",
          "readlink",
          "rm",
          "rmdir",
          "sleep",
          "cp",
          "touch",
          "cat");

  private static final Path BUILT = Path.of(System.getProperty("longhaul.root"));

  /** What a run of the launcher printed and returned. */
  record Result(int exit, String out, String err) {}

  final Path folder;
  final Path home;
  final Path tools;
  final Map<String, String> environment = new HashMap<>();

  /** A built checkout. */
  static Checkout built(Path folder) throws IOException {
    Checkout checkout = new Checkout(folder);
    copyTree(BUILT.resolve("cli/target/longhaul"), checkout.layout());
    delete(checkout.layout().resolve("jdk"));
    return checkout;
  }

  /** A checkout as cloned. */
  static Checkout fresh(Path folder) throws IOException {
    return new Checkout(folder);
  }

  private Checkout(Path folder) throws IOException {
    this.folder = Files.createDirectories(folder).toRealPath();
    Files.copy(BUILT.resolve("longhaul"), script(), StandardCopyOption.COPY_ATTRIBUTES);
    copyTree(BUILT.resolve("build/launcher"), this.folder.resolve("build/launcher"));
    this.home = Files.createDirectories(this.folder.resolve("home"));
    this.tools = Files.createDirectories(this.folder.resolve("tools"));
    for (String tool : TOOLS) {
      tool(tool, "exec " + find(tool) + " \"$@\"\n");
    }
    environment.put("PATH", tools.toString());
    environment.put("HOME", home.toString());
    environment.put("LONGHAUL_JAVA_HOME", jdk().toString());
  }

  /** The JDK that runs the tests. */
  static Path jdk() {
    return Path.of(System.getProperty("java.home"));
  }

  Path script() {
    return folder.resolve("longhaul");
  }

  Path layout() {
    return folder.resolve("cli/target/longhaul");
  }

  /** The folder of what was prepared for the JDK; there is one such folder. */
  Path prepared() throws IOException {
    try (var folders = Files.list(layout().resolve("jdk"))) {
      List<Path> all = folders.toList();
      if (all.size() != 1) {
        throw new IOException("prepared: " + all);
      }
      return all.getFirst();
    }
  }

  Result run(String... arguments) throws IOException, InterruptedException {
    return run(folder, List.of(script().toString()), arguments);
  }

  Result run(Path directory, List<String> launcher, String... arguments)
      throws IOException, InterruptedException {
    return finish(start(directory, launcher, arguments));
  }

  Process start(Path directory, List<String> launcher, String... arguments) throws IOException {
    List<String> command = new ArrayList<>(launcher);
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile());
    builder.environment().clear();
    builder.environment().putAll(environment);
    return builder.start();
  }

  /** The little that the launcher prints fits into the pipes. */
  static Result finish(Process process) throws IOException, InterruptedException {
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Result(process.waitFor(), out, err);
  }

  /** Puts a program of these shell lines on the PATH. */
  final void tool(String name, String lines) throws IOException {
    executable(tools.resolve(name), lines);
  }

  static void executable(Path file, String lines) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, "#!/bin/sh\n" + lines);
    if (!file.toFile().setExecutable(true)) {
      throw new IOException("cannot make executable: " + file);
    }
  }

  /** A folder that looks like a JDK; its java prints its version. */
  Path pretendedJdk(String name, String version) throws IOException {
    Path jdk = folder.resolve(name);
    executable(jdk.resolve("bin/java"), "echo \"pretended " + version + "\"\n");
    executable(jdk.resolve("bin/javac"), "exit 1\n");
    Files.writeString(
        jdk.resolve("release"),
        "JAVA_VERSION=\"%s\"\nMODULES=\"java.base jdk.incubator.vector\"\n".formatted(version));
    return jdk;
  }

  private static Path find(String tool) throws IOException {
    for (String folder : List.of("/usr/bin", "/bin")) {
      Path file = Path.of(folder, tool);
      if (Files.isExecutable(file)) {
        return file;
      }
    }
    throw new IOException("no " + tool + " on this machine");
  }

  static void copyTree(Path from, Path to) throws IOException {
    try (var files = Files.walk(from)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        Path target = to.resolve(from.relativize(file).toString());
        if (Files.isDirectory(file)) {
          Files.createDirectories(target);
        } else {
          Files.copy(file, target, StandardCopyOption.COPY_ATTRIBUTES);
        }
      }
    }
  }

  private static void delete(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    try (var files = Files.walk(folder)) {
      for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
