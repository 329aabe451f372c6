package io.longhaul.benchmarks.mapped;

import io.longhaul.engine.file.Prefetch;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * How fast a model decodes whose experts do not all fit into the memory, with and without a
 * prefetch of the router's choice, in turn.
 */
@Command(
    name = "mapped-decode",
    description = "Decode with experts that lie on the disk, with and without prefetch. Linux.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Example: main.sh mapped.MappedDecode --tokens 32 --rounds 5 glm-30g.gguf",
      "A model that fits the memory, as if half of its experts did not:",
      "main.sh mapped.MappedDecode --forget 0.5 glm-4g.gguf"
    })
public final class MappedDecode implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "FILE", description = "A GGUF with experts.")
  private Path file;

  @Option(names = "--tokens", paramLabel = "N", description = "Timed in a run; default: 16.")
  private int tokens = 16;

  @Option(
      names = "--warm-up",
      paramLabel = "N",
      description = "Tokens before them in a run; default: 4.")
  private int warmUp = 4;

  @Option(
      names = "--counted",
      paramLabel = "N",
      description = "Tokens after them whose pages are counted; default: 4.")
  private int counted = 4;

  @Option(names = "--rounds", paramLabel = "N", description = "Runs of each kind; default: 3.")
  private int rounds = 3;

  @Option(
      names = {"-t", "--threads"},
      paramLabel = "N",
      description = "Threads that compute; default: all processors.")
  private int threads = Runtime.getRuntime().availableProcessors();

  @Option(
      names = "--evict",
      description = "Have the file forgotten before each run; else a run finds what is there.")
  private boolean evict;

  @Option(
      names = "--forget",
      paramLabel = "SHARE",
      description = "Have each expert forgotten with this probability before each token.")
  private double forget;

  @Option(names = "--json", paramLabel = "OUT", description = "Write all runs to a JSON file.")
  private Path json;

  /** Runs the program and ends the JVM. */
  public static void main(String[] args) {
    System.exit(command().execute(args));
  }

  static CommandLine command() {
    return new CommandLine(new MappedDecode()).setCaseInsensitiveEnumValuesAllowed(true);
  }

  @Override
  public Integer call() throws IOException {
    if (tokens < 1 || warmUp < 0 || counted < 1 || rounds < 1 || threads < 1) {
      throw error("--tokens, --counted, --rounds and --threads are at least 1, --warm-up 0");
    }
    if (!(forget >= 0 && forget <= 1)) {
      throw error("--forget is a probability");
    }
    if (!Files.isRegularFile(file)) {
      throw error(file + ": no such file");
    }
    if (!Files.isWritable(file)) {
      throw error(file + ": Linux tells those alone who may write to it which pages are there");
    }
    var run = new MappedRun(file, threads, warmUp, tokens, counted, evict, forget);
    PrintWriter err = spec.commandLine().getErr();
    Counters begun = Counters.read();
    long bytes = Files.size(file);
    long memory = Counters.memoryBytes();
    long available = Counters.availableBytes();
    // The JIT compiles in a round that does not count.
    run.run(Prefetch.OFF, 0);
    List<MappedRun.Result> results = new ArrayList<>();
    for (int round = 1; round <= rounds; round++) {
      // Each kind goes first in turn: the one finds in memory what the other has left there.
      List<Prefetch> kinds =
          round % 2 == 1 ? List.of(Prefetch.OFF, Prefetch.ON) : List.of(Prefetch.ON, Prefetch.OFF);
      for (Prefetch prefetch : kinds) {
        MappedRun.Result result = run.run(prefetch, round);
        results.add(result);
        err.printf(
            Locale.ROOT,
            "round %d of %d, prefetch %s: %.2f tokens/s%n",
            round,
            rounds,
            prefetch,
            result.tokensPerSecond());
        err.flush();
      }
    }
    var report =
        new MappedReport(run, bytes, memory, available, results, Counters.read().since(begun));
    PrintWriter out = spec.commandLine().getOut();
    out.print(report.markdown());
    out.flush();
    if (json != null) {
      Files.writeString(json, report.json());
    }
    return report.answersAgree() ? 0 : 1;
  }

  private ParameterException error(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
