package io.longhaul.cli;

import io.longhaul.cli.store.Sizes;
import io.longhaul.cli.store.Store;
import java.io.PrintWriter;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code longhaul rm}: removes a model from the store. */
@Command(
    name = "rm",
    description = "Remove a model from the store, or what an unfinished pull has left.",
    mixinStandardHelpOptions = true,
    footer = {"", "Example: longhaul rm smollm2-135m"})
public final class RmCommand implements Callable<Integer> {
  private final Map<String, String> environment;

  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "NAME", description = "The model's name, see `longhaul models`.")
  private String name;

  public RmCommand() {
    this(System.getenv());
  }

  RmCommand(Map<String, String> environment) {
    this.environment = environment;
  }

  @Override
  public Integer call() {
    long bytes = Store.open(environment).remove(name);
    PrintWriter out = spec.commandLine().getOut();
    out.println("removed " + name + " (" + Sizes.bytes(bytes) + ")");
    out.flush();
    return 0;
  }
}
