package io.longhaul.cli;

import io.longhaul.cli.json.JsonText;
import io.longhaul.engine.plan.Machine;
import io.longhaul.engine.plan.MachineMemory;
import io.longhaul.engine.plan.MemoryBandwidth;
import io.longhaul.engine.plan.ModelShape;
import io.longhaul.engine.plan.Plan;
import io.longhaul.engine.tensor.TensorType;
import java.io.PrintWriter;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code longhaul plan}: whether a model fits a machine, and how fast it will be there. */
@Command(
    name = "plan",
    description = "Tell what a model takes, whether it fits, how fast it can be, what to change.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "GB are 10^9 bytes. Without --memory and --bandwidth this machine is measured.",
      "",
      "Example: longhaul plan config.json --memory 512 --bandwidth 400 --threads 64"
    })
public final class PlanCommand implements Callable<Integer> {
  private static final double GB = 1e9;

  /** No machine has more, and the bytes of less fit into 64 bits. */
  private static final double MOST_GB = 1e9;

  private static final int MOST_THREADS = 1024;

  @Spec private CommandSpec spec;
  @Mixin private PullOptions pull;

  @Parameters(
      paramLabel = "MODEL",
      description = "A model file, a folder, a config.json, or a name from the store.")
  private String model;

  @Option(
      names = "--context",
      paramLabel = "N",
      description = "Tokens of prompt and answer; default: the model's own limit.")
  private int context;

  @Option(
      names = "--memory",
      paramLabel = "GB",
      description = "Memory for the model; default: what is available here.")
  private Optional<Double> memory = Optional.empty();

  @Option(
      names = "--bandwidth",
      paramLabel = "GB/S",
      description = "Memory bandwidth of all processors; default: measured here.")
  private Optional<Double> bandwidth = Optional.empty();

  @Option(
      names = "--disk",
      paramLabel = "GB/S",
      description = "Read speed of the disk, for weights that memory cannot hold; default: 3.")
  private double disk = Machine.ASSUMED_DISK / GB;

  @Option(
      names = {"-t", "--threads"},
      paramLabel = "N",
      description = "Threads that compute together; default: all processors.")
  private int threads = Runtime.getRuntime().availableProcessors();

  @Option(
      names = {"--cache-type", "--cache"},
      paramLabel = "TYPE",
      description = "Type of the cache: f16 (default), bf16, f32 or q8_0.")
  private CacheType cache = CacheType.F16;

  @Option(
      names = "--type",
      paramLabel = "TYPE",
      description = "Plan as if all matrices were quantized to this type, such as Q4_K.")
  private Optional<TensorType> type = Optional.empty();

  @Option(names = "--json", description = "Print the plan as JSON.")
  private boolean json;

  @Override
  public Integer call() {
    check();
    PrintWriter out = spec.commandLine().getOut();
    ModelShape shape = ModelShape.open(pull.resolve(model, spec.commandLine().getErr()));
    if (type.isPresent()) {
      shape = shape.quantized(type.get());
    }
    MachineMemory size =
        memory
            .map(gb -> MachineMemory.described((long) (gb * GB)))
            .orElseGet(MachineMemory::measure);
    Optional<MemoryBandwidth> single =
        bandwidth.isPresent()
            ? Optional.empty()
            : Optional.of(MemoryBandwidth.measure(1, MachineMemory.measure().available()));
    double all = single.map(this::bandwidthOfAll).orElseGet(() -> bandwidth.get() * GB);
    Machine machine = new Machine(size, threads, all, disk * GB);
    Plan plan = Plan.of(shape, machine, context, cache.type());
    PlanReport report = new PlanReport(model, plan, single);
    if (json) {
      out.println(JsonText.compact(report.document()));
    } else {
      report.lines().forEach(out::println);
    }
    out.flush();
    return 0;
  }

  /** Never less than one thread reached: then others kept the processors busy. */
  private double bandwidthOfAll(MemoryBandwidth single) {
    return threads == 1
        ? single.bytesPerSecond()
        : Math.max(
            single.bytesPerSecond(),
            MemoryBandwidth.measure(threads, MachineMemory.measure().available()).bytesPerSecond());
  }

  private void check() {
    Limits.atLeast(0, "--context", context);
    Limits.between(1, MOST_THREADS, "--threads", threads);
    memory.ifPresent(gb -> sized("--memory", gb));
    bandwidth.ifPresent(gb -> sized("--bandwidth", gb));
    sized("--disk", disk);
    type.filter(t -> !t.isWeight())
        .ifPresent(
            t -> {
              throw new UsageException("--type is " + t + ", but must be a type of weights");
            });
  }

  private static void sized(String option, double gigabytes) {
    Limits.positive(option, gigabytes);
    Limits.between(0, MOST_GB, option, gigabytes);
  }
}
