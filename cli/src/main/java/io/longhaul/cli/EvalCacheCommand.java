package io.longhaul.cli;

import io.longhaul.cli.json.JsonText;
import io.longhaul.engine.Model;
import io.longhaul.engine.generate.CacheLoss;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code longhaul eval cache}: what a smaller type of the cache costs. */
@Command(
    name = "cache",
    description = {
      "Print how far the next token's distribution moves, over the positions of a text, when the"
          + " cache is held in a smaller type than f32 (Kullback-Leibler divergence in nats)."
    },
    mixinStandardHelpOptions = true,
    footer = {"", "Example: longhaul eval cache --file TEXT --length 2048 --cache-types bf16,q8_0"})
public final class EvalCacheCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private RunOptions run;

  @Option(
      names = {"-m", "--model"},
      paramLabel = "PATH",
      description = "A GGUF file, a safetensors folder or a name; default: ${DEFAULT-VALUE}.")
  private String modelName = ModelNames.DEFAULT;

  @Option(
      names = "--file",
      paramLabel = "TEXT",
      description = "A text in UTF-8; default: random tokens.")
  private Optional<Path> file = Optional.empty();

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Of the random tokens; default: ${DEFAULT-VALUE}.")
  private long seed = 1;

  @Option(
      names = "--length",
      paramLabel = "N",
      description = "Tokens of the text that are used; default: what the context holds.")
  private int length;

  @Option(
      names = "--from",
      paramLabel = "N",
      description = "The first position that counts; default: ${DEFAULT-VALUE}.")
  private int from;

  @Option(
      names = "--cache-types",
      paramLabel = "TYPE,TYPE",
      split = ",",
      description = "Which types; default: f16,bf16,q8_0.")
  private List<CacheType> types = List.of(CacheType.F16, CacheType.BF16, CacheType.Q8_0);

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Override
  public Integer call() {
    Limits.atLeast(0, "--length", length);
    Limits.atLeast(0, "--from", from);
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    Optional<String> given = file.map(InputFiles::readText);
    WorkProgress progress = WorkProgress.of("cache", "positions", err);
    List<CacheLoss> losses;
    try (Model model = run.load(modelName, err)) {
      losses =
          CacheLoss.of(
              model,
              text(model, given),
              from,
              types.stream().map(CacheType::type).toList(),
              progress::on);
    } finally {
      progress.end();
    }
    if (json) {
      out.println(
          JsonText.compact(
              Map.of("types", losses.stream().map(EvalCacheCommand::document).toList())));
    } else {
      out.printf(
          Locale.ROOT,
          "%-6s %10s %12s %12s %12s %10s%n",
          "cache",
          "positions",
          "mean KL",
          "99th pct",
          "largest",
          "same best");
      losses.forEach(loss -> print(out, loss));
    }
    out.flush();
    return 0;
  }

  private int[] text(Model model, Optional<String> given) {
    int[] all =
        given
            .map(model::encode)
            .orElseGet(
                () ->
                    new SplittableRandom(seed)
                        .ints(
                            length == 0 ? model.contextLength() : length, 0, model.vocabularySize())
                        .toArray());
    int wanted = length == 0 ? Math.min(all.length, model.contextLength()) : length;
    if (all.length < wanted) {
      throw new CliException(
          "--length is " + wanted + ", but the text has " + all.length + " tokens");
    }
    if (from >= wanted) {
      throw new CliException("--from is " + from + ", but the text ends after " + wanted);
    }
    return Arrays.copyOf(all, wanted);
  }

  private static Map<String, Object> document(CacheLoss loss) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("type", loss.type().name().toLowerCase(Locale.ROOT));
    document.put("positions", loss.positions());
    document.put("mean_kl", loss.mean());
    document.put("kl_99", loss.percentile99());
    document.put("largest_kl", loss.largest());
    document.put("same_best", loss.sameBest());
    return document;
  }

  private static void print(PrintWriter out, CacheLoss loss) {
    out.printf(
        Locale.ROOT,
        "%-6s %10d %12.3e %12.3e %12.3e %9.2f%%%n",
        loss.type().name().toLowerCase(Locale.ROOT),
        loss.positions(),
        loss.mean(),
        loss.percentile99(),
        loss.largest(),
        100 * loss.sameBest());
  }
}
