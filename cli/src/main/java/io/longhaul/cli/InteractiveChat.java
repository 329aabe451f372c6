package io.longhaul.cli;

import io.longhaul.engine.GenerationResult;
import io.longhaul.engine.ModelException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
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
      /clear          forget the conversation but for the system message
      /system TEXT    forget it and begin with this system message
      /help           this list
      /exit           leave (also Ctrl-D)
      A line that ends with \\ goes on in the next. Text between \"\"\" and \"\"\" may have many lines.
      Ctrl-C ends an answer, or empties the line.
      """;

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
      run(terminal, ChatHistory.file());
    }
  }

  void run(Terminal terminal, Path history) {
    LineReader reader =
        LineReaderBuilder.builder()
            .terminal(terminal)
            .appName("longhaul")
            .parser(new ChatInputParser())
            .variable(LineReader.SECONDARY_PROMPT_PATTERN, "... ")
            .variable(LineReader.HISTORY_FILE, history)
            .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true)
            .build();
    // Wherever the program is, Ctrl-C does not end it; the reader has a handler of its own.
    Terminal.SignalHandler before = terminal.handle(Signal.INT, signal -> conversation.cancel());
    try {
      terminal.writer().println(model + ": /help lists commands, Ctrl-D leaves");
      while (true) {
        Optional<ChatInput> input = read(reader);
        if (input.isEmpty() || !handle(input.get(), terminal)) {
          return;
        }
      }
    } finally {
      terminal.handle(Signal.INT, before);
    }
  }

  /** The next input; empty at its end. */
  private static Optional<ChatInput> read(LineReader reader) {
    try {
      return Optional.of(ChatInput.parse(reader.readLine("> ")));
    } catch (UserInterruptException e) {
      return Optional.of(new ChatInput("", false));
    } catch (EndOfFileException e) {
      return Optional.empty();
    }
  }

  /** Does what an input says; false to leave. */
  private boolean handle(ChatInput input, Terminal terminal) {
    PrintWriter out = terminal.writer();
    String command = input.quoted() ? "" : input.text().split("\\s", 2)[0];
    String rest = input.text().substring(command.length()).strip();
    switch (command) {
      case "/exit", "/quit" -> {
        return false;
      }
      case "/help" -> out.print(HELP);
      case "/clear" -> {
        conversation.clear();
        out.println("[the conversation is forgotten]");
      }
      case "/system" -> {
        conversation.restart(Optional.of(rest).filter(text -> !text.isEmpty()));
        out.println(
            "[a new conversation "
                + (rest.isEmpty() ? "without" : "with this")
                + " system message]");
      }
      default -> {
        if (command.startsWith("/") && !command.substring(1).contains("/")) {
          out.println("unknown command " + command + ", /help lists them");
        } else if (!input.text().isBlank()) {
          answer(input.text(), terminal);
        }
      }
    }
    terminal.flush();
    return true;
  }

  private void answer(String question, Terminal terminal) {
    PrintWriter out = terminal.writer();
    try {
      boolean dim = !terminal.getType().startsWith(Terminal.TYPE_DUMB);
      AnswerPrinter printer = new AnswerPrinter(out, out, dim);
      GenerationResult result = conversation.ask(question, printer);
      printer.finish();
      switch (result.finishReason()) {
        case CONTEXT_FULL -> out.println("[the context is full; /clear begins anew]");
        case CANCELLED -> out.println("[stopped]");
        case END_TOKEN, STOP_STRING, MAX_TOKENS -> {}
      }
      if (stats) {
        out.println(ChatCommand.figures(result));
      }
    } catch (ModelException e) {
      out.println("longhaul: " + e.getMessage() + "; /clear begins anew");
    }
  }
}
