package io.longhaul.cli;

import io.longhaul.engine.LoadOptions;
import io.longhaul.engine.Model;
import io.longhaul.engine.file.Prefetch;
import io.longhaul.engine.kernel.KernelChoice;
import java.io.PrintWriter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Options of how a model computes. */
final class RunOptions {
  /** More make no machine faster, and the operating system may refuse them. */
  private static final int MAX_THREADS = 1024;

  @Mixin private PullOptions pull;

  @Option(
      names = {"-t", "--threads"},
      paramLabel = "N",
      description = "Threads that compute together; default: all processors.")
  private int threads = Runtime.getRuntime().availableProcessors();

  @Option(
      names = "--kernels",
      paramLabel = "TWIN",
      description = "auto (default), machine, vector or scalar.")
  private KernelChoice kernels = KernelChoice.AUTO;

  @Option(
      names = "--prefetch",
      paramLabel = "WHEN",
      description =
          "Ask the disk for experts as soon as they are chosen: on, off or auto (default: when the"
              + " model is larger than the available memory).")
  private Prefetch prefetch = Prefetch.AUTO;

  Model load(String model, PrintWriter err) {
    Limits.between(1, MAX_THREADS, "--threads", threads);
    return Model.load(
        pull.resolve(model, err), new LoadOptions(threads, kernels).withPrefetch(prefetch));
  }

  int threads() {
    return threads;
  }
}
