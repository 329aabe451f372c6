package io.longhaul.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code longhaul eval}: what a model computes, for checking it against others. */
@Command(
    name = "eval",
    description = "Logits, greedy continuations, perplexity, a cache's loss: to check and script.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      EvalLogitsCommand.class,
      EvalGreedyCommand.class,
      EvalPerplexityCommand.class,
      EvalCacheCommand.class,
    },
    footer = {"", "Example: longhaul eval logits --tokens 5,6,7 --positions 0,2 --json"})
public final class EvalCommand implements Callable<Integer> {
  @Override
  public Integer call() {
    throw new UsageException("name one of: logits, greedy, perplexity, cache");
  }
}
