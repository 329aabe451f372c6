package io.longhaul.benchmarks;

import io.longhaul.engine.kernel.Compute;
import io.longhaul.engine.kernel.KernelChoice;
import io.longhaul.engine.kernel.Weights;
import io.longhaul.engine.tensor.FloatMatrix;
import io.longhaul.engine.tensor.TensorType;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * How near the products come to the two limits of a machine (Williams et al., "Roofline", 2009).
 *
 * <p>A single token's product reads each weight once: its limit is the bandwidth of the memory,
 * measured in the same run. Matrices follow each other through more memory than caches hold. A
 * product of many tokens uses each weight often: its limit is the arithmetic, whose peak only the
 * machine's manual knows.
 */
@Command(
    name = "roofline",
    description = "The products' share of the memory's bandwidth, and of the peak of arithmetic.",
    mixinStandardHelpOptions = true,
    footer = {"", "Example: main.sh Roofline --threads 1,2 --types Q4_0,Q8_0 --peak-gops 1074"})
public final class Roofline implements Callable<Integer> {
  private static final int ROUNDS = 5;

  @Spec private CommandSpec spec;

  @Option(
      names = {"-t", "--threads"},
      split = ",",
      paramLabel = "N",
      description = "Numbers of threads; default: 1, and all.")
  private List<Integer> threads =
      IntStream.of(1, Runtime.getRuntime().availableProcessors()).distinct().boxed().toList();

  @Option(names = "--types", split = ",", paramLabel = "TYPE", description = "Default: all.")
  private List<TensorType> types = RandomWeights.types();

  @Option(names = "--rows", paramLabel = "N", description = "Of a matrix; default: 2048.")
  private int rows = 2048;

  @Option(names = "--columns", paramLabel = "N", description = "Of a matrix; default: 2048.")
  private int columns = 2048;

  @Option(names = "--tokens", paramLabel = "N", description = "Many, that is; default: 512.")
  private int tokens = 512;

  @Option(names = "--memory", paramLabel = "MB", description = "To read through; default: 1024.")
  private int memory = 1024;

  @Option(
      names = "--seconds",
      paramLabel = "S",
      description = "For each figure, at least; the best fifth of it counts. Default: 2.")
  private double seconds = 2;

  @Option(names = "--kernels", paramLabel = "X", description = "As of longhaul; default: auto.")
  private KernelChoice kernels = KernelChoice.AUTO;

  @Option(
      names = "--peak-gops",
      paramLabel = "N",
      description = "Peak of 8-bit integer arithmetic of one core, in 10⁹ operations a second.")
  private Optional<Double> peakGops = Optional.empty();

  @Option(names = "--json", description = "Print the result as JSON.")
  private boolean json;

  private record Result(TensorType type, double bytesPerSecond, double operationsPerSecond) {}

  /** Runs the program and ends the JVM. */
  public static void main(String[] args) {
    System.exit(command().execute(args));
  }

  static CommandLine command() {
    return new CommandLine(new Roofline()).setCaseInsensitiveEnumValuesAllowed(true);
  }

  @Override
  public Integer call() throws IOException {
    check();
    SplittableRandom random = new SplittableRandom(1);
    PrintWriter out = spec.commandLine().getOut();
    List<Object> all = new ArrayList<>();
    try (Arena arena = Arena.ofShared()) {
      MemorySegment region = RandomWeights.bytes((long) memory << 20, arena, random);
      FloatMatrix x = FloatMatrix.allocate(arena, tokens, columns);
      FloatMatrix y = FloatMatrix.allocate(arena, tokens, rows);
      for (int t = 0; t < tokens; t++) {
        for (int c = 0; c < columns; c++) {
          x.set(t, c, (float) random.nextDouble(-1, 1));
        }
      }
      for (int count : threads) {
        double bandwidth = ReadBandwidth.measure(region, count, 2 * ROUNDS);
        if (!json) {
          head(out, count, bandwidth);
        }
        List<Object> lines = new ArrayList<>();
        try (Compute compute = new Compute(kernels.create(), count)) {
          for (TensorType type : types) {
            Result result =
                measure(compute, RandomWeights.fill(region, type, rows, columns, arena), x, y);
            lines.add(values(result, count, bandwidth));
            if (!json) {
              line(out, result, count, bandwidth);
            }
          }
          all.add(values(compute.kernels().name(), count, bandwidth, lines));
        }
      }
    }
    if (json) {
      out.println(JsonLine.of(all));
    }
    out.flush();
    return 0;
  }

  private void check() {
    if (rows < 1 || columns < 1 || tokens < 1 || memory < 1 || !(seconds > 0)) {
      throw error("--rows, --columns, --tokens, --memory and --seconds are more than 0");
    }
    if (threads.stream().anyMatch(count -> count < 1)) {
      throw error("--threads are at least 1");
    }
    if (peakGops.isPresent() && !(peakGops.get() > 0)) {
      throw error("--peak-gops is more than 0");
    }
    for (TensorType type : types) {
      if (!RandomWeights.types().contains(type)) {
        throw error("--types: no kernel multiplies with " + type);
      }
      if (columns % type.blockSize() != 0) {
        throw error("--columns is no multiple of " + type.blockSize() + ", a block of " + type);
      }
      if (type.bytes((long) rows * columns) > (long) memory << 20) {
        throw error("--memory does not hold a matrix of " + type);
      }
    }
  }

  private ParameterException error(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  private Result measure(Compute compute, List<Weights> matrices, FloatMatrix x, FloatMatrix y) {
    double single = productsPerSecond(compute, matrices, x, 1, y);
    double many = productsPerSecond(compute, matrices, x, tokens, y);
    return new Result(
        matrices.getFirst().type(),
        single * matrices.getFirst().data().byteSize(),
        many * 2.0 * rows * columns * tokens);
  }

  private double productsPerSecond(
      Compute compute, List<Weights> matrices, FloatMatrix x, int count, FloatMatrix y) {
    double best = 0;
    int next = 0;
    for (int round = 0; round < ROUNDS; round++) {
      long start = System.nanoTime();
      long products = 0;
      double taken = 0;
      while (taken < seconds / ROUNDS) {
        compute.multiply(matrices.get(next), x, count, y);
        next = (next + 1) % matrices.size();
        products++;
        taken = (System.nanoTime() - start) / 1e9;
      }
      best = Math.max(best, products / taken);
    }
    return best;
  }

  private Map<String, Object> values(
      String kernelsName, int count, double bandwidth, List<Object> lines) {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("kernels", kernelsName);
    values.put("threads", count);
    values.put("rows", rows);
    values.put("columns", columns);
    values.put("tokens", tokens);
    values.put("read_bytes_per_second", bandwidth);
    values.put("peak_gops", peakGops.orElse(null));
    values.put("types", lines);
    return values;
  }

  private Map<String, Object> values(Result result, int count, double bandwidth) {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("type", result.type().name());
    values.put("bytes_per_second", result.bytesPerSecond());
    values.put("share_of_bandwidth", result.bytesPerSecond() / bandwidth);
    values.put("operations_per_second", result.operationsPerSecond());
    values.put("share_of_peak", shareOfPeak(result, count).orElse(null));
    return values;
  }

  private Optional<Double> shareOfPeak(Result result, int count) {
    return peakGops.map(peak -> result.operationsPerSecond() / (peak * 1e9 * count));
  }

  private void head(PrintWriter out, int count, double bandwidth) {
    out.printf(
        Locale.ROOT,
        "%d thread%s: memory is read at %.1f GB/s%n%-8s %10s %10s %16s %10s%n",
        count,
        count == 1 ? "" : "s",
        bandwidth / 1e9,
        "",
        "1 token",
        "of memory",
        tokens + " tokens",
        "of peak");
  }

  private void line(PrintWriter out, Result result, int count, double bandwidth) {
    out.printf(
        Locale.ROOT,
        "%-8s %5.2f GB/s %8.0f %% %10.1f GOP/s %10s%n",
        result.type(),
        result.bytesPerSecond() / 1e9,
        100 * result.bytesPerSecond() / bandwidth,
        result.operationsPerSecond() / 1e9,
        shareOfPeak(result, count)
            .map(s -> String.format(Locale.ROOT, "%.0f %%", 100 * s))
            .orElse("-"));
    out.flush();
  }
}
