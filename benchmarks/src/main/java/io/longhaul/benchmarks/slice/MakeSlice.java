package io.longhaul.benchmarks.slice;

import io.longhaul.engine.tensor.TensorType;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * Makes a model of random weights as GGUF: a slice of GLM-5.2, with its widths and fewer layers and
 * experts, or one of the shape of TinyLlama.
 */
@Command(
    name = "make-slice",
    description = "Write a GGUF of random weights: a slice of GLM-5.2, or a small llama.",
    mixinStandardHelpOptions = true,
    footer = {"", "Example: main.sh slice.MakeSlice --size 4G --type Q8_0 glm-4g.gguf"})
public final class MakeSlice implements Callable<Integer> {
  private static final long SECOND = 1_000_000_000;

  enum Architecture {
    GLM,
    LLAMA
  }

  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "FILE", description = "The GGUF to write.")
  private Path file;

  @Option(names = "--architecture", description = "glm (default) or llama.")
  private Architecture architecture = Architecture.GLM;

  @Option(names = "--size", paramLabel = "SIZE", description = "Most bytes, such as 0.65G or 30G.")
  private String size = "4G";

  @Option(names = "--type", paramLabel = "TYPE", description = "Q8_0 (default), Q4_K, IQ3_S, ...")
  private TensorType type = TensorType.Q8_0;

  @Option(names = "--layers", paramLabel = "N", description = "Layers; default: by the size.")
  private Integer layers;

  @Option(names = "--dense", paramLabel = "N", description = "Leading layers without experts.")
  private Integer dense;

  @Option(names = "--experts", paramLabel = "N", description = "Routed experts of a layer.")
  private Integer experts;

  @Option(
      names = "--sharing",
      paramLabel = "N",
      description = "A selection serves N layers after the third; default: 4, 1 for GLM-5.1.")
  private int sharing = 4;

  @Option(
      names = "--vocabulary",
      paramLabel = "N",
      description = "Tokens; GLM-5.2 has 154880. Default: by the size, 1024 or 8192; llama 32000.")
  private Integer vocabulary;

  @Option(
      names = "--gain",
      paramLabel = "X",
      description = "Deviation of the weights times the root of their columns; default: 0.6.")
  private double gain = 0.6;

  @Option(names = "--seed", paramLabel = "N", description = "Default: 1.")
  private long seed = 1;

  @Option(names = "--threads", paramLabel = "N", description = "Default: all processors.")
  private int threads = Runtime.getRuntime().availableProcessors();

  @Option(names = "--plan", description = "Print what would be made, and write nothing.")
  private boolean planOnly;

  /** Runs the program and ends the JVM. */
  public static void main(String[] args) {
    System.exit(command().execute(args));
  }

  static CommandLine command() {
    return new CommandLine(new MakeSlice()).setCaseInsensitiveEnumValuesAllowed(true);
  }

  @Override
  public Integer call() {
    if (!RandomBlocks.types().contains(type)) {
      throw error("--type: " + type + " is none of " + RandomBlocks.types());
    }
    if (threads < 1 || !(gain > 0) || sharing < 1) {
      throw error("--threads, --gain and --sharing are greater than 0");
    }
    SliceModel model = choose();
    PrintWriter out = spec.commandLine().getOut();
    out.printf(Locale.ROOT, "%s, %d bytes%n", model.description(), model.fileBytes());
    out.flush();
    if (!planOnly) {
      Path folder = file.toAbsolutePath().getParent();
      if (!Files.isDirectory(folder)) {
        throw error(folder + " is no folder");
      }
      try {
        write(model, out);
      } catch (IOException e) {
        // Such as a full disk; nothing is left of the file.
        spec.commandLine().getErr().println("not written: " + e.getMessage());
        return 1;
      }
    }
    return 0;
  }

  private SliceModel choose() {
    var matrices = new Matrices(type, gain);
    try {
      return switch (architecture) {
        case GLM ->
            new GlmSlicePlan(
                    GlmWidths.GLM_5_2,
                    ByteSize.parse(size),
                    matrices,
                    sharing,
                    optional(vocabulary),
                    optional(layers),
                    optional(dense),
                    optional(experts))
                .choose();
        case LLAMA ->
            LlamaShape.tinyLlama(
                optional(vocabulary).orElse(32_000), optional(layers).orElse(22), matrices);
      };
    } catch (IllegalArgumentException e) {
      throw error(e.getMessage());
    }
  }

  private static OptionalInt optional(Integer value) {
    return value == null ? OptionalInt.empty() : OptionalInt.of(value);
  }

  private void write(SliceModel model, PrintWriter out) throws IOException {
    PrintWriter err = spec.commandLine().getErr();
    double total = model.fileBytes() / 1e9;
    long start = System.nanoTime();
    var shown = new AtomicLong(start);
    new SliceWriter(model, seed, threads)
        .write(
            file,
            written -> {
              long now = System.nanoTime();
              long last = shown.get();
              if (now - last > SECOND && shown.compareAndSet(last, now)) {
                err.printf(
                    Locale.ROOT,
                    "%.1f of %.1f GB, %.0f MB/s%n",
                    written / 1e9,
                    total,
                    written * 1e3 / (now - start));
                err.flush();
              }
            });
    double seconds = (System.nanoTime() - start) / 1e9;
    out.printf(Locale.ROOT, "wrote %s: %.1f s, %.0f MB/s%n", file, seconds, total * 1e3 / seconds);
    out.flush();
  }

  private ParameterException error(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
