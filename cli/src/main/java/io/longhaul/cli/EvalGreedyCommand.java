package io.longhaul.cli;

import io.longhaul.cli.json.JsonText;
import io.longhaul.engine.GenerationOptions;
import io.longhaul.engine.GenerationResult;
import io.longhaul.engine.Model;
import io.longhaul.engine.Session;
import io.longhaul.engine.SessionOptions;
import java.io.PrintWriter;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code longhaul eval greedy}: the most likely continuation, past any end token. */
@Command(
    name = "greedy",
    description = "Print the greedy continuation of a text; it does not stop at an end token.",
    mixinStandardHelpOptions = true,
    footer = {"", "Example: longhaul eval greedy --tokens 504,3575,282 -n 8 --json"})
public final class EvalGreedyCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private EvalOptions options;

  @Option(
      names = "--tokens",
      required = true,
      paramLabel = "IDS",
      description = "The text, as token ids separated by commas.")
  private TokenIds tokens;

  @Option(
      names = "-n",
      paramLabel = "N",
      description = "How many tokens; default: ${DEFAULT-VALUE}.")
  private int count = 16;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    Limits.atLeast(1, "-n", count);
    SessionOptions context = options.session();
    GenerationResult result;
    try (Model model = options.load(spec.commandLine().getErr());
        Session session = model.newSession(context)) {
      result =
          session.generate(
              tokens.ids(),
              GenerationOptions.ofMaxTokens(count).withStopAtEndTokens(false),
              ignored -> {});
      if (result.tokens().size() < count) {
        throw new CliException(
            "the context of "
                + session.contextLength()
                + " tokens is full after "
                + result.tokens().size()
                + " generated tokens");
      }
    }
    if (options.json()) {
      out.println(JsonText.compact(Map.of("generated", result.tokens())));
    } else {
      out.println(result.tokens().stream().map(String::valueOf).collect(Collectors.joining(" ")));
    }
    out.flush();
    return 0;
  }
}
