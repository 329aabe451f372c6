package io.longhaul.cli;

import io.longhaul.engine.Model;
import io.longhaul.engine.SessionOptions;
import io.longhaul.engine.model.Decoder;
import java.io.PrintWriter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Options of the commands that run a model for its text. */
final class EngineOptions {
  @Mixin private RunOptions run;

  @Option(
      names = "--context",
      paramLabel = "N",
      description = "Most tokens of prompt and answer; default: the model's own limit.")
  private int context;

  @Option(
      names = {"--cache-type", "--cache"},
      paramLabel = "TYPE",
      description = "Type of cached keys and values, or latents: f16 (default), bf16, f32 or q8_0.")
  private CacheType cache = CacheType.F16;

  @Option(
      names = "--draft",
      paramLabel = "N",
      description =
          "Tokens that the model's layer for multi-token prediction drafts at once, 1 to 5, where"
              + " it has one; rests where that loses time. Default: 0, no drafts.")
  private int draft;

  Model load(String model, PrintWriter err) {
    return run.load(model, err);
  }

  SessionOptions session() {
    Limits.atLeast(0, "--context", context);
    Limits.between(0, Decoder.MOST_DRAFTS, "--draft", draft);
    return SessionOptions.defaults()
        .withContextLength(context)
        .withCacheType(cache.type())
        .withDraftTokens(draft);
  }

  int threads() {
    return run.threads();
  }
}
