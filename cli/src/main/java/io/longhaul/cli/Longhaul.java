package io.longhaul.cli;

import io.longhaul.cli.start.VectorModule;
import java.io.PrintWriter;
import java.util.Objects;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/**
 * The one command, {@code longhaul}, and the parent of its subcommands.
 *
 * <p>Exit codes: 0 done, 1 failed, 2 wrong use of the command line.
 */
@Command(
    name = "longhaul",
    description = "Runs large language models on the JVM.",
    mixinStandardHelpOptions = true,
    versionProvider = Longhaul.Version.class,
    synopsisSubcommandLabel = "COMMAND")
public final class Longhaul implements Runnable {
  @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

  public static void main(String[] args) {
    try {
      VectorModule.ensureLoaded();
    } catch (IllegalStateException e) {
      System.err.println("longhaul: " + e.getMessage());
      System.exit(1);
    }
    System.exit(run(args));
  }

  /** Runs the command line and returns its exit code. */
  public static int run(String... args) {
    return new CommandLine(new Longhaul()).execute(args);
  }

  @Override
  public void run() {
    PrintWriter out = spec.commandLine().getOut();
    spec.commandLine().usage(out);
  }

  /** The version that the build wrote into the jar's manifest. */
  static final class Version implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = Longhaul.class.getPackage().getImplementationVersion();
      return new String[] {
        "longhaul "
            + Objects.requireNonNull(version, "run from the jar: classes alone have no version")
      };
    }
  }
}
