package io.longhaul.benchmarks.depth;

import io.longhaul.benchmarks.JsonLine;
import io.longhaul.engine.tensor.Tensor;
import io.longhaul.engine.tensor.TensorType;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * Decode with a model that memory does not hold: tokens per second, the share of the experts' pages
 * that are in memory, and the bytes that came from the disk, in a line of JSON for every few
 * tokens.
 */
@Command(
    name = "bigger-than-memory",
    description = "Decode with a model that memory does not hold.",
    mixinStandardHelpOptions = true)
public final class BiggerThanMemory implements Callable<Integer> {
  private static final int DEPTH = 512;

  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "MODEL", description = "A GGUF, such as MakeSlice writes.")
  private Path file;

  @Option(names = "--tokens", paramLabel = "N", description = "Tokens of a line; default: 8.")
  private int tokens = 8;

  @Option(names = "--lines", paramLabel = "N", description = "Default: 8.")
  private int lines = 8;

  @Option(names = "--threads", paramLabel = "N", description = "Default: all processors.")
  private int threads = Runtime.getRuntime().availableProcessors();

  /** Runs the program and ends the JVM. */
  public static void main(String[] args) {
    System.exit(command().execute(args));
  }

  static CommandLine command() {
    return new CommandLine(new BiggerThanMemory())
        .setExecutionExceptionHandler(DepthBenchmark::explain);
  }

  @Override
  public Integer call() throws IOException {
    if (threads < 1 || tokens < 1 || lines < 1) {
      throw new ParameterException(
          spec.commandLine(), "--threads, --tokens and --lines are at least 1");
    }
    PrintWriter out = spec.commandLine().getOut();
    try (LoadedDecoder model = LoadedDecoder.load(file, threads);
        DepthRun run = new DepthRun(model, 1, TensorType.F16)) {
      run.deepen(DEPTH);
      for (int i = 0; i < lines; i++) {
        double experts = PageResidency.share(model.file(), BiggerThanMemory::isOfExperts);
        double rest = PageResidency.share(model.file(), tensor -> !isOfExperts(tensor));
        long diskBefore = ProcessFigures.bytesFromDisk();
        DepthRun.Timing timing = run.decode(tokens);
        double seconds = timing.seconds().stream().mapToDouble(Double::doubleValue).sum();
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("model", String.valueOf(file.getFileName()));
        line.put("threads", threads);
        line.put("tokens_per_second", tokens / seconds);
        line.put("resident_experts", experts);
        line.put("resident_rest", rest);
        line.put("disk_bytes_per_token", (ProcessFigures.bytesFromDisk() - diskBefore) / tokens);
        line.put("weight_bytes", model.weightBytes());
        line.put("peak_bytes", ProcessFigures.peakBytes());
        out.println(JsonLine.of(line));
        out.flush();
      }
    }
    return 0;
  }

  private static boolean isOfExperts(Tensor tensor) {
    return tensor.name().contains("_exps.");
  }
}
