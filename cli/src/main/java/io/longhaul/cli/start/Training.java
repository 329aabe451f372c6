package io.longhaul.cli.start;

import io.longhaul.cli.Longhaul;
import java.io.OutputStream;
import java.io.PrintStream;
import java.util.List;

/**
 * The training run of the AOT cache: the commands whose classes and profiles the cache keeps.
 *
 * <p>They run one after the other in one JVM, because JDK 25 makes a cache of one run. The cache
 * holds for the class path and the module options of the run alone (JEP 514), so {@link FastStart}
 * starts this program with exactly those of the launcher.
 */
final class Training {
  /** Each succeeds on any machine, needs no network and no model, and writes to stdout alone. */
  private static final List<List<String>> COMMANDS =
      List.of(List.of("--version"), List.of("--help"));

  private Training() {}

  public static void main(String[] args) {
    PrintStream out = System.out;
    System.setOut(new PrintStream(OutputStream.nullOutputStream()));
    for (List<String> command : COMMANDS) {
      int exit = Longhaul.run(command.toArray(String[]::new));
      if (exit != 0) {
        out.println("training: longhaul " + String.join(" ", command) + " failed: " + exit);
        System.exit(1);
      }
    }
  }
}
