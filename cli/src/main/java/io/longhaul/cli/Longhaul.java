package io.longhaul.cli;

import io.longhaul.cli.start.VectorModule;
import io.longhaul.engine.ModelException;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.ScopeType;

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
    footer = {"", "Example: longhaul chat \"Why is the sky blue?\""})
public final class Longhaul implements Runnable {
  /** In the order of the help. */
  private static final Map<String, Class<?>> SUBCOMMANDS = new LinkedHashMap<>();

  static {
    SUBCOMMANDS.put("chat", ChatCommand.class);
    SUBCOMMANDS.put("pull", PullCommand.class);
    SUBCOMMANDS.put("convert", ConvertCommand.class);
    SUBCOMMANDS.put("models", ModelsCommand.class);
    SUBCOMMANDS.put("show", ShowCommand.class);
    SUBCOMMANDS.put("rm", RmCommand.class);
    SUBCOMMANDS.put("plan", PlanCommand.class);
    SUBCOMMANDS.put("bench", BenchCommand.class);
    SUBCOMMANDS.put("eval", EvalCommand.class);
    SUBCOMMANDS.put("tokenize", TokenizeCommand.class);
    SUBCOMMANDS.put("template", TemplateCommand.class);
  }

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
    StandardOutput out = new StandardOutput();
    // Also UTF-8, whatever the locale says.
    PrintWriter err =
        new PrintWriter(
            new OutputStreamWriter(
                new FileOutputStream(FileDescriptor.err), StandardCharsets.UTF_8));
    int exit = execute(commandLine(args).setOut(out.writer()).setErr(err), args);
    Optional<String> failure = out.failure();
    if (failure.isPresent() && exit == CommandLine.ExitCode.OK) {
      err.println("longhaul: cannot write to standard output: " + failure.get());
      exit = CommandLine.ExitCode.SOFTWARE;
    }
    err.flush();
    return exit;
  }

  /** {@link CommandLine#execute}, which lets errors of the JVM pass. */
  static int execute(CommandLine command, String... args) {
    try {
      return command.execute(args);
    } catch (OutOfMemoryError e) {
      return report(
          command,
          "out of memory (" + e.getMessage() + "); LONGHAUL_JAVA_OPTS=-Xmx8g gives the JVM 8 GB",
          e);
    } catch (StackOverflowError | LinkageError | AssertionError e) {
      return report(command, "internal error: " + e + " (--debug shows where)", e);
    }
  }

  /**
   * The command, for these arguments. Picocli reads the annotations of a subcommand when it is
   * added: where the first argument names one, the others are not worth a tenth of a second.
   */
  static CommandLine commandLine(String... args) {
    CommandLine command = new CommandLine(new Longhaul());
    if (args.length > 0 && SUBCOMMANDS.containsKey(args[0])) {
      command.addSubcommand(SUBCOMMANDS.get(args[0]));
    } else {
      SUBCOMMANDS.values().forEach(command::addSubcommand);
    }
    return command
        .registerConverter(TokenIds.class, new TokenIds.Converter())
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setExecutionExceptionHandler(Longhaul::failed)
        .setParameterExceptionHandler(Longhaul::misused);
  }

  @Override
  public void run() {
    throw new UsageException("name a command");
  }

  private static int failed(Exception e, CommandLine command, ParseResult parsed) {
    return switch (e) {
      case UsageException misuse ->
          misused(new ParameterException(command, misuse.getMessage(), misuse), new String[0]);
      case CliException failure -> report(command, failure.getMessage(), failure);
      case ModelException failure -> report(command, failure.getMessage(), failure);
      case InvalidPathException failure ->
          report(
              command, "'" + failure.getInput() + "' is no path: " + failure.getReason(), failure);
      default -> report(command, "internal error: " + e + " (--debug shows where)", e);
    };
  }

  private static int misused(ParameterException e, String[] args) {
    CommandLine command = e.getCommandLine();
    PrintWriter err = command.getErr();
    err.println("longhaul: " + oneLine(e.getMessage()));
    CommandLine.UnmatchedArgumentException.printSuggestions(e, err);
    err.println("Try '" + command.getCommandSpec().qualifiedName() + " --help'.");
    trace(command, e);
    return CommandLine.ExitCode.USAGE;
  }

  private static int report(CommandLine command, String message, Throwable e) {
    command.getErr().println("longhaul: " + oneLine(message));
    trace(command, e);
    return CommandLine.ExitCode.SOFTWARE;
  }

  private static void trace(CommandLine command, Throwable e) {
    PrintWriter err = command.getErr();
    Longhaul longhaul = (Longhaul) command.getCommandSpec().root().userObject();
    if (longhaul.debug) {
      e.printStackTrace(err);
    }
    err.flush();
  }

  private static String oneLine(String message) {
    return message.lines().map(String::strip).collect(Collectors.joining(" "));
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
