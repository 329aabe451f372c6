package io.longhaul.cli;

import io.longhaul.engine.Model;
import io.longhaul.engine.SessionOptions;
import java.io.PrintWriter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Options of the commands below {@code eval}. Their cache is F32: nothing is rounded unasked. */
final class EvalOptions {
  /** The buffers of a pass grow with it. */
  private static final int MAX_BATCH = 1 << 16;

  @Mixin private RunOptions run;

  @Option(
      names = {"-m", "--model"},
      paramLabel = "PATH",
      description = "A GGUF file, a safetensors folder or a name; default: ${DEFAULT-VALUE}.")
  private String model = ModelNames.DEFAULT;

  @Option(
      names = {"--cache-type", "--cache"},
      paramLabel = "TYPE",
      description = "Type of cached keys and values, or latents: f32 (default), f16, bf16 or q8_0.")
  private CacheType cache = CacheType.F32;

  @Option(
      names = "--batch",
      paramLabel = "N",
      description = "Most tokens in one forward pass; default: ${DEFAULT-VALUE}.")
  private int batch = SessionOptions.defaults().batchSize();

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  Model load(PrintWriter err) {
    return run.load(model, err);
  }

  SessionOptions session() {
    Limits.between(1, MAX_BATCH, "--batch", batch);
    return SessionOptions.defaults().withCacheType(cache.type()).withBatchSize(batch);
  }

  boolean json() {
    return json;
  }
}
