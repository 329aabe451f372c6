package io.longhaul.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code longhaul eval}: what a model computes, for checking it against others. */
@Command(
    name = "eval",
    description = "Logits, greedy continuations and perplexity, for checking and scripting.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      EvalLogitsCommand.class,
      EvalGreedyCommand.class,
      EvalPerplexityCommand.class,
    })
public final class EvalCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    CommandLine command = spec.commandLine();
    throw new ParameterException(command, "name one of: logits, greedy, perplexity");
  }
}
