package io.longhaul.cli.store;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The machine's own pip, run as a child process. */
final class PipCommand {
  private static final int KEPT_LINES = 200;
  private static final Duration POLL = Duration.ofMillis(250);

  private final Map<String, String> environment;
  private final Duration patience;

  /**
   * A pip that runs with these variables.
   *
   * @param patience how long pip may neither print nor write before it is ended
   */
  PipCommand(Map<String, String> environment, Duration patience) {
    this.environment = environment;
    this.patience = patience;
  }

  /** The last lines that pip printed, written by the thread that reads them. */
  private static final class Output {
    private final Deque<String> lines = new ArrayDeque<>();
    private long count;

    synchronized void add(String line) {
      count++;
      lines.addLast(line);
      if (lines.size() > KEPT_LINES) {
        lines.removeFirst();
      }
    }

    synchronized long count() {
      return count;
    }

    synchronized List<String> lines() {
      return List.copyOf(lines);
    }
  }

  /** Tells the bytes that pip has written so far. */
  @FunctionalInterface
  interface Watcher {
    long poll();
  }

  /**
   * Downloads wheels, without what they depend on.
   *
   * @param folder where the wheels go
   * @param scratch where pip keeps what is not finished
   * @throws StoreException if there is no pip, or it fails; the message holds its own reason
   */
  void download(List<String> requirements, Path folder, Path scratch, Watcher watcher)
      throws InterruptedException {
    for (List<String> pip : candidates()) {
      List<String> command = new ArrayList<>(pip);
      command.addAll(
          List.of(
              "download",
              "--no-deps",
              "--only-binary=:all:",
              "--no-cache-dir",
              "--disable-pip-version-check",
              "--no-input",
              "--progress-bar=off",
              "--dest",
              folder.toString()));
      command.addAll(requirements);
      Output output = new Output();
      if (run(command, scratch, output, watcher) == 0) {
        return;
      }
      List<String> lines = output.lines();
      if (lines.stream().noneMatch(line -> line.contains("No module named pip"))) {
        throw failure(folder, lines);
      }
    }
    throw notInstalled();
  }

  /**
   * Looks for a pip without running it.
   *
   * @throws StoreException if there is surely none
   */
  void checkInstalled() {
    if (candidates().isEmpty()) {
      throw notInstalled();
    }
  }

  private static StoreException notInstalled() {
    return new StoreException("pip is not installed on this machine");
  }

  private List<List<String>> candidates() {
    List<List<String>> found = new ArrayList<>();
    for (String name : List.of("python3", "pip3", "pip", "python")) {
      String program = onPath(name);
      if (program != null) {
        found.add(name.startsWith("python") ? List.of(program, "-m", "pip") : List.of(program));
      }
    }
    return found;
  }

  private String onPath(String name) {
    boolean windows = System.getProperty("os.name").toLowerCase(Locale.ROOT).startsWith("windows");
    String file = windows ? name + ".exe" : name;
    for (String folder : environment.getOrDefault("PATH", "").split(File.pathSeparator, -1)) {
      if (!folder.isEmpty()) {
        Path program = Path.of(folder, file);
        if (Files.isExecutable(program) && !Files.isDirectory(program)) {
          return program.toString();
        }
      }
    }
    return null;
  }

  private int run(List<String> command, Path scratch, Output output, Watcher watcher)
      throws InterruptedException {
    Process process = start(command, scratch);
    // Ctrl-C reaches pip by itself; a plain kill of this process does not.
    Thread end = new Thread(process::destroyForcibly);
    Runtime.getRuntime().addShutdownHook(end);
    Thread reader = Thread.ofVirtual().start(() -> read(process, output));
    try {
      long bytes = watcher.poll();
      long lines = 0;
      long lastProgress = System.nanoTime();
      while (!process.waitFor(POLL.toMillis(), TimeUnit.MILLISECONDS)) {
        long bytesNow = watcher.poll();
        long linesNow = output.count();
        if (bytesNow != bytes || linesNow != lines) {
          bytes = bytesNow;
          lines = linesNow;
          lastProgress = System.nanoTime();
        } else if (System.nanoTime() - lastProgress > patience.toNanos()) {
          throw new StoreException("pip has done nothing for " + patience.toSeconds() + " s");
        }
      }
      reader.join();
      watcher.poll();
      return process.exitValue();
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
      removeHook(end);
    }
  }

  private static void removeHook(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException shuttingDown) {
      // The hook is running or about to: it ends a process that has ended already.
      hook.interrupt();
    }
  }

  private Process start(List<String> command, Path scratch) {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().clear();
    builder.environment().putAll(environment);
    // pip keeps a file in the temporary folder until it is whole: there it can be watched, and
    // it counts against the disk that has been found large enough.
    builder.environment().put("TMPDIR", scratch.toString());
    builder.environment().put("TEMP", scratch.toString());
    builder.environment().put("TMP", scratch.toString());
    builder.redirectInput(ProcessBuilder.Redirect.from(new File(nullDevice())));
    try {
      return builder.start();
    } catch (IOException e) {
      throw new StoreException("cannot run " + command.getFirst() + ": " + e.getMessage(), e);
    }
  }

  private static String nullDevice() {
    return File.separatorChar == '\\' ? "NUL" : "/dev/null";
  }

  private static void read(Process process, Output output) {
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        output.add(line);
      }
    } catch (IOException e) {
      // The pipe breaks when pip is ended from here; otherwise this is the reason to show.
      output.add("ERROR: its output cannot be read: " + e.getMessage());
    }
  }

  private static StoreException failure(Path folder, List<String> output) {
    String reason = reason(output);
    // Python's words for ENOSPC; pip's disk is the store's, see TMPDIR.
    return reason.contains("No space left on device")
        ? Disk.failure(folder, new IOException("No space left on device"))
        : new StoreException("pip: " + reason);
  }

  /** The line of pip's output that says why, in its own words. */
  static String reason(Iterable<String> output) {
    String last = "it failed without a word";
    String error = "";
    boolean unreachable = false;
    for (String line : output) {
      String text = line.strip();
      unreachable |= text.contains("connection broken by");
      // "ERROR: Exception:" opens a traceback, whose last line is the reason.
      if (text.startsWith("ERROR:") && !text.equals("ERROR: Exception:")) {
        error = text.substring("ERROR:".length()).strip();
      }
      last = text.isEmpty() || text.startsWith("[notice]") ? last : text;
    }
    return (error.isEmpty() ? last : error) + (unreachable ? " (it cannot reach its index)" : "");
  }
}
