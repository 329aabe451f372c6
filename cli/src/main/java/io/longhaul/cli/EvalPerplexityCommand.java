package io.longhaul.cli;

import io.longhaul.cli.json.JsonText;
import io.longhaul.engine.Model;
import io.longhaul.engine.SessionOptions;
import io.longhaul.engine.generate.Perplexity;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code longhaul eval perplexity}: as llama-perplexity computes it. */
@Command(
    name = "perplexity",
    description = "Print a model's perplexity over a text, computed as llama-perplexity does.",
    mixinStandardHelpOptions = true,
    footer = {"", "Example: longhaul eval perplexity --file TEXT --context 512 --json"})
public final class EvalPerplexityCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private EvalOptions options;

  @Option(names = "--file", required = true, paramLabel = "TEXT", description = "A text in UTF-8.")
  private Path file;

  @Option(
      names = "--context",
      paramLabel = "N",
      description = "Tokens of a chunk, of which the second half is scored; default: 512.")
  private int context = 512;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    Limits.atLeast(4, "--context", context);
    SessionOptions session = options.session();
    String text = InputFiles.readText(file);
    WorkProgress progress = WorkProgress.of("perplexity", "chunks", err);
    Perplexity result;
    try (Model model = options.load(err)) {
      result = Perplexity.of(model, session, text, context, progress::on);
    } finally {
      progress.end();
    }
    if (!Double.isFinite(result.perplexity())) {
      throw new CliException(
          "the perplexity is not finite: the model computes logits that are not, or rules out what"
              + " the text says");
    }
    if (options.json()) {
      Map<String, Object> document = new LinkedHashMap<>();
      document.put("perplexity", result.perplexity());
      document.put("tokens", result.tokens());
      out.println(JsonText.compact(document));
    } else {
      out.printf(
          Locale.ROOT,
          "perplexity %.4f over %d scored tokens%n",
          result.perplexity(),
          result.tokens());
    }
    out.flush();
    return 0;
  }
}
