package io.longhaul.benchmarks.depth;

import io.longhaul.benchmarks.JsonLine;
import io.longhaul.benchmarks.depth.DepthRun.Timing;
import io.longhaul.engine.ModelException;
import io.longhaul.engine.model.Stages.Stage;
import io.longhaul.engine.tensor.TensorType;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

/**
 * The time of a token, and of a piece of prompt, by the tokens before it, with a cache that is
 * filled with made-up rows: the twin of {@code llama_cpp_depth.py}, whose lines of JSON it shares.
 */
@Command(
    name = "depth",
    description = "Time decode and prefill by depth, on a cache of made-up rows.",
    mixinStandardHelpOptions = true)
public final class DepthBenchmark implements Callable<Integer> {
  /** Scores of a prompt's piece: at a great depth a smaller piece is as telling. */
  private static final long MOST_PAIRS = 1L << 25;

  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "MODEL", description = "A GGUF, such as MakeSlice writes.")
  private Path file;

  @Option(names = "--depths", split = ",", paramLabel = "N", description = "Tokens in the cache.")
  private List<Integer> depths = List.of(4096, 32_768, 131_072, 524_288, 1_048_575);

  @Option(names = "--threads", paramLabel = "N", description = "Default: all processors.")
  private int threads = Runtime.getRuntime().availableProcessors();

  @Option(names = "--decode", paramLabel = "N", description = "Tokens at each depth; default: 16.")
  private int decode = 16;

  @Option(
      names = "--prefill",
      paramLabel = "N",
      description = "Tokens of a prompt's piece, fewer at great depths; default: 256, 0 for none.")
  private int prefill = 256;

  @Option(names = "--warm-up", paramLabel = "SECONDS", description = "Default: 20.")
  private double warmUp = 20;

  @Option(names = "--cache", paramLabel = "TYPE", description = "F16 (default), BF16, F32, Q8_0.")
  private TensorType cacheType = TensorType.F16;

  @Option(names = "--json", description = "Print a line of JSON for each depth.")
  private boolean json;

  /** Runs the program and ends the JVM. */
  public static void main(String[] args) {
    System.exit(command().execute(args));
  }

  static CommandLine command() {
    return new CommandLine(new DepthBenchmark())
        .setExecutionExceptionHandler(DepthBenchmark::explain);
  }

  /** What is wrong with a model is said in a line; anything else is a bug, and shows its trace. */
  static int explain(Exception error, CommandLine line, ParseResult parsed) throws Exception {
    if (error instanceof ModelException) {
      line.getErr().println(error.getMessage());
      return 1;
    }
    throw error;
  }

  @Override
  public Integer call() throws IOException {
    if (threads < 1 || decode < 1 || prefill < 0 || depths.stream().anyMatch(d -> d < 1)) {
      throw new ParameterException(
          spec.commandLine(), "--threads, --decode and --depths are at least 1");
    }
    PrintWriter out = spec.commandLine().getOut();
    try (LoadedDecoder model = LoadedDecoder.load(file, threads);
        DepthRun run = new DepthRun(model, Math.max(1, prefill), cacheType)) {
      boolean warm = false;
      for (int depth : new TreeSet<>(depths)) {
        run.deepen(depth);
        if (!warm) {
          warmUp(run);
          warm = true;
        }
        // Reads pages that were not read yet.
        run.decode(1);
        print(out, model, run, depth);
      }
    }
    return 0;
  }

  private void warmUp(DepthRun run) {
    long start = System.nanoTime();
    do {
      run.decode(4);
      if (prefill > 0) {
        run.prefill(Math.min(prefill, 32));
      }
    } while (System.nanoTime() - start < warmUp * 1e9);
  }

  private void print(PrintWriter out, LoadedDecoder model, DepthRun run, int depth)
      throws IOException {
    Timing token = run.decode(decode);
    int piece = (int) Math.min(prefill, Math.max(1, MOST_PAIRS / depth));
    Timing prompt = piece == 0 ? null : run.prefill(piece);
    if (json) {
      Map<String, Object> line = new LinkedHashMap<>();
      line.put("engine", "longhaul");
      line.put("model", String.valueOf(file.getFileName()));
      line.put("threads", threads);
      line.put("depth", depth);
      line.put("decode_seconds", token.seconds());
      line.put("stages", stages(token));
      line.put("prefill", prompt == null ? null : prefill(prompt, piece));
      line.put("weight_bytes", model.weightBytes());
      line.put("file_bytes", Files.size(file));
      line.put("cache_bytes", run.cacheBytes(depth));
      line.put("peak_bytes", ProcessFigures.peakBytes());
      out.println(JsonLine.of(line));
    } else {
      out.printf(
          Locale.ROOT,
          "%9d: %8.1f ms a token (%s)%s, resident %.2f GB of %.2f weights + %.2f cache%n",
          depth,
          token.median() * 1e3,
          stages(token).entrySet().stream()
              .map(e -> String.format(Locale.ROOT, "%s %.1f", e.getKey(), e.getValue() * 1e3))
              .collect(Collectors.joining(", ")),
          prompt == null
              ? ""
              : String.format(
                  Locale.ROOT, ", %.2f s for 1000 of a prompt", prompt.median() / piece * 1e3),
          ProcessFigures.peakBytes() / 1e9,
          model.weightBytes() / 1e9,
          run.cacheBytes(depth) / 1e9);
    }
    out.flush();
  }

  private static Map<String, Object> prefill(Timing prompt, int tokens) {
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("tokens", tokens);
    result.put("seconds", prompt.median());
    result.put("stages", stages(prompt));
    return result;
  }

  private static Map<String, Double> stages(Timing timing) {
    Map<String, Double> result = new LinkedHashMap<>();
    for (Stage stage : Stage.values()) {
      if (timing.stages().containsKey(stage)) {
        result.put(stage.name().toLowerCase(Locale.ROOT), timing.stages().get(stage));
      }
    }
    return result;
  }
}
