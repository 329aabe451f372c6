package io.longhaul.cli;

import io.longhaul.engine.GenerationResult;
import io.longhaul.engine.ModelException;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Optional;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.UserInterruptException;
import org.jline.terminal.Terminal;
import org.jline.terminal.Terminal.Signal;
import org.jline.terminal.TerminalBuilder;

/**
 * A conversation at the terminal, with line editing and a history. Ctrl-C ends the answer in the
 * making, or empties the line; Ctrl-D leaves.
 */
final class InteractiveChat {
  private static final String HELP =
      """
      /clear          forget the conversation
      /system TEXT    forget it and begin with this system message
      /help           this list
      /exit           leave (also Ctrl-D)
      A line that ends with \\ goes on in the next. Text between two lines of \"\"\" may have many.
      Ctrl-C ends an answer.
      """;

  private static final String BLOCK = "\"\"\"";

  private final Conversation conversation;
  private final String model;
  private final boolean stats;

  InteractiveChat(Conversation conversation, String model, boolean stats) {
    this.conversation = conversation;
    this.model = model;
    this.stats = stats;
  }

  void run() throws IOException {
    try (Terminal terminal = TerminalBuilder.builder().system(true).dumb(true).build()) {
      LineReader reader =
          LineReaderBuilder.builder()
              .terminal(terminal)
              .appName("longhaul")
              .parser(new WholeLineParser())
              .variable(LineReader.SECONDARY_PROMPT_PATTERN, "... ")
              .variable(LineReader.HISTORY_FILE, ChatHistory.file())
              .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true)
              .build();
      terminal.writer().println(model + ": /help lists commands, Ctrl-D leaves");
      while (true) {
        Optional<String> input = read(reader);
        if (input.isEmpty() || !handle(input.get().strip(), terminal)) {
          return;
        }
      }
    }
  }

  /** The next input; empty at its end. */
  private static Optional<String> read(LineReader reader) {
    try {
      String line = reader.readLine("> ");
      if (!line.strip().equals(BLOCK)) {
        return Optional.of(line.replace("\\\n", "\n"));
      }
      StringBuilder block = new StringBuilder();
      for (line = reader.readLine("... ");
          !line.strip().equals(BLOCK);
          line = reader.readLine("... ")) {
        block.append(line).append('\n');
      }
      return Optional.of(block.toString());
    } catch (UserInterruptException e) {
      return Optional.of("");
    } catch (EndOfFileException e) {
      return Optional.empty();
    }
  }

  /** Does what a line says; false to leave. */
  private boolean handle(String input, Terminal terminal) {
    String command = input.split("\\s", 2)[0];
    switch (command) {
      case "" -> {}
      case "/exit", "/quit" -> {
        return false;
      }
      case "/help" -> terminal.writer().print(HELP);
      case "/clear" -> conversation.restart(Optional.empty());
      case "/system" ->
          conversation.restart(
              Optional.of(input.substring(command.length()).strip()).filter(s -> !s.isEmpty()));
      default -> {
        if (command.startsWith("/") && !command.substring(1).contains("/")) {
          terminal.writer().println("unknown command " + command + ", /help lists them");
        } else {
          answer(input, terminal);
        }
      }
    }
    terminal.flush();
    return true;
  }

  private void answer(String question, Terminal terminal) {
    PrintWriter out = terminal.writer();
    Terminal.SignalHandler before = terminal.handle(Signal.INT, signal -> conversation.cancel());
    try {
      GenerationResult result =
          conversation.ask(
              question,
              text -> {
                out.print(text);
                out.flush();
              });
      out.println();
      if (stats) {
        out.println(ChatCommand.figures(result));
      }
    } catch (ModelException e) {
      out.println("longhaul: " + e.getMessage());
    } finally {
      terminal.handle(Signal.INT, before);
    }
  }
}
