package io.longhaul.cli;

import io.longhaul.cli.start.VectorModule;
import io.longhaul.engine.ModelException;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
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
 * The one command, {@code longhaul}, and the parent of its subcommands.
 *
 * <p>Exit codes: 0 done, 1 the command failed (one line on standard error says why), 2 wrong usage.
 */
@Command(
    name = "longhaul",
    description = "Runs large language models on the JVM.",
    mixinStandardHelpOptions = true,
    versionProvider = Longhaul.Version.class,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      ChatCommand.class,
      PullCommand.class,
      ModelsCommand.class,
      ShowCommand.class,
      RmCommand.class,
      BenchCommand.class,
      EvalCommand.class,
      TokenizeCommand.class,
      TemplateCommand.class
    },
    footer = {"", "Example: longhaul chat \"Why is the sky blue?\""})
public final class Longhaul implements Runnable {
  @Spec private CommandSpec spec;

  @Option(
      names = "--debug",
      scope = ScopeType.INHERIT,
      description = "Show the stack trace of an error.")
  private boolean debug;

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
    return commandLine()
        .setOut(utf8(FileDescriptor.out))
        .setErr(utf8(FileDescriptor.err))
        .execute(args);
  }

  static CommandLine commandLine() {
    Longhaul longhaul = new Longhaul();
    return new CommandLine(longhaul)
        .registerConverter(TokenIds.class, new TokenIds.Converter())
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setExecutionExceptionHandler(longhaul::failed)
        .setParameterExceptionHandler(Longhaul::misused);
  }

  /** Models write UTF-8 whatever the locale says. */
  private static PrintWriter utf8(FileDescriptor file) {
    return new PrintWriter(
        new OutputStreamWriter(new FileOutputStream(file), StandardCharsets.UTF_8));
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "name a command");
  }

  private int failed(Exception e, CommandLine command, ParseResult parsed) {
    if (e instanceof ParameterException misuse) {
      return misused(misuse, new String[0]);
    }
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

  /** The version that the build wrote into the jar's manifest. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = Longhaul.class.getPackage().getImplementationVersion();
      return new String[] {
        "longhaul " + Objects.requireNonNullElse(version, "(run from classes, not from its jar)")
      };
    }
  }
}
