package io.longhaul.cli;

import io.longhaul.engine.ModelException;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.util.Properties;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/**
 * The command {@code longhaul}. Exit codes: 0 done, 1 the command failed (one line on standard
 * error says why), 2 wrong usage.
 */
@Command(
    name = "longhaul",
    description = "Language models on the JVM.",
    mixinStandardHelpOptions = true,
    versionProvider = Longhaul.Version.class,
    subcommands = {PullCommand.class, ModelsCommand.class, RmCommand.class})
public final class Longhaul implements Runnable {
  @Spec private CommandSpec spec;

  @Option(
      names = "--debug",
      scope = ScopeType.INHERIT,
      description = "Show the stack trace of an error.")
  private boolean debug;

  public static void main(String[] args) {
    System.exit(commandLine().execute(args));
  }

  static CommandLine commandLine() {
    Longhaul longhaul = new Longhaul();
    return new CommandLine(longhaul)
        .setExecutionExceptionHandler(longhaul::failed)
        .setParameterExceptionHandler(Longhaul::misused);
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "name a command");
  }

  private int failed(Exception e, CommandLine command, ParseResult parsed) {
    PrintWriter err = command.getErr();
    String message =
        e instanceof CliException || e instanceof ModelException
            ? e.getMessage()
            : "internal error: " + e + " (--debug shows where)";
    err.println("longhaul: " + message);
    if (debug) {
      e.printStackTrace(err);
    }
    err.flush();
    return CommandLine.ExitCode.SOFTWARE;
  }

  private static int misused(ParameterException e, String[] args) {
    CommandLine command = e.getCommandLine();
    PrintWriter err = command.getErr();
    err.println("longhaul: " + e.getMessage());
    CommandLine.UnmatchedArgumentException.printSuggestions(e, err);
    err.println("Try '" + command.getCommandSpec().qualifiedName() + " --help'.");
    err.flush();
    return CommandLine.ExitCode.USAGE;
  }

  /** The version that Maven writes into the jar. */
  static final class Version implements IVersionProvider {
    private static final String PROPERTIES =
        "/META-INF/maven/io.longhaul/longhaul-cli/pom.properties";

    @Override
    public String[] getVersion() throws IOException {
      try (InputStream in = Longhaul.class.getResourceAsStream(PROPERTIES)) {
        Properties properties = new Properties();
        if (in != null) {
          properties.load(in);
        }
        return new String[] {
          "longhaul " + properties.getProperty("version", "(built from source)")
        };
      }
    }
  }
}
