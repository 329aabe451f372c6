package io.longhaul.cli.start;

import io.longhaul.cli.Longhaul;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The training run of the AOT cache: the commands whose classes and profiles the cache keeps.
 *
 * <p>They run one after the other in one JVM, because JDK 25 makes a cache of one run. The cache
 * holds for the class path and the module options of the run alone (JEP 514), so {@link FastStart}
 * starts this program with exactly those of the launcher: {@code Training FOLDER}, where FOLDER is
 * empty, for models, and also the environment's {@code LONGHAUL_HOME}.
 */
final class Training {
  /** As long as short prompts are. */
  private static final String PROMPT = "Why is the sky blue, and why is it red in the evening?";

  private Training() {}

  public static void main(String[] args) throws IOException {
    Path folder = Path.of(args[0]);
    run("--version");
    run("--help");
    pull(folder.resolve("llama.gguf"), TrainingModel.llama());
    pull(folder.resolve("gemma3.gguf"), TrainingModel.gemma3());
    chat("gemma3");
    // Once each: a method that more rounds have brought to C2 goes there in every start, and the
    // kernels wait for the compiler meanwhile.
    chat("llama");
  }

  /** Into the store, so that commands find it there by its name. */
  private static void pull(Path file, TrainingModel model) throws IOException {
    model.write(file);
    run("pull", file.toString());
    Files.delete(file);
  }

  private static void chat(String model) {
    run("chat", "--model", model, "-n", "24", "--temperature", "0", PROMPT);
    run("chat", "--model", model, "-n", "8", "--stats", PROMPT);
  }

  private static void run(String... command) {
    int exit = Longhaul.run(command);
    if (exit != 0) {
      System.out.println("training: longhaul " + String.join(" ", command) + " failed: " + exit);
      System.exit(1);
    }
  }
}
