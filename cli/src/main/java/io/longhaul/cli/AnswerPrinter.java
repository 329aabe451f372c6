package io.longhaul.cli;

import io.longhaul.engine.text.answer.AnswerEvent;
import java.io.PrintWriter;
import java.util.function.Consumer;

/**
 * Shows an answer to a reader: the reasoning, set apart, then the text and the tool calls. Line
 * ends that a model writes between these are left out; the printer makes its own.
 */
final class AnswerPrinter implements Consumer<AnswerEvent> {
  private static final String DIM = "\u001b[2m";
  private static final String NORMAL = "\u001b[0m";

  private final PrintWriter text;
  private final PrintWriter reasoning;
  private final boolean dim;
  private Section section = Section.NONE;

  /** Whether the section at hand has shown anything. */
  private boolean begun;

  /** Whether a section has ended: until then, the text is shown as it is. */
  private boolean sectioned;

  private enum Section {
    NONE,
    REASONING,
    TEXT
  }

  /**
   * For one answer.
   *
   * @param text takes text and tool calls
   * @param reasoning takes the reasoning; may be the same writer
   * @param dim whether the reasoning's writer is a terminal that shows dimmed text
   */
  AnswerPrinter(PrintWriter text, PrintWriter reasoning, boolean dim) {
    this.text = text;
    this.reasoning = reasoning;
    this.dim = dim;
  }

  @Override
  public void accept(AnswerEvent event) {
    switch (event) {
      case AnswerEvent.ReasoningDelta delta -> print(Section.REASONING, delta.text());
      case AnswerEvent.TextDelta delta -> print(Section.TEXT, delta.text());
      case AnswerEvent.Malformed malformed ->
          print(malformed.inReasoning() ? Section.REASONING : Section.TEXT, malformed.text());
      case AnswerEvent.ToolCallStart start -> {
        leave();
        print(Section.TEXT, "→ " + start.name() + " ");
      }
      case AnswerEvent.ToolArgumentDelta delta -> print(Section.TEXT, delta.json());
      case AnswerEvent.ToolCallEnd ignored -> leave();
      case AnswerEvent.ToolCallBroken broken -> {
        print(Section.TEXT, " [broken: " + broken.reason() + "]");
        leave();
      }
      case AnswerEvent.ReasoningStart ignored -> {}
      case AnswerEvent.ReasoningEnd ignored -> leave();
    }
  }

  /** Ends the last line; an answer of nothing is an empty one. */
  void finish() {
    if (section == Section.TEXT || !sectioned) {
      text.println();
      text.flush();
    } else {
      leave();
    }
  }

  private void print(Section wanted, String piece) {
    if (section != wanted) {
      leave();
      section = wanted;
    }
    boolean asItIs = begun || (wanted == Section.TEXT && !sectioned);
    String shown = asItIs ? piece : piece.replaceFirst("\\A\\R+", "");
    if (shown.isEmpty()) {
      return;
    }
    PrintWriter out = writer();
    if (!begun && dim && wanted == Section.REASONING) {
      out.print(DIM);
    }
    begun = true;
    out.print(shown);
    out.flush();
  }

  private PrintWriter writer() {
    return section == Section.REASONING ? reasoning : text;
  }

  /** Ends the section at hand; an empty line sets the reasoning apart. */
  private void leave() {
    if (section == Section.NONE) {
      return;
    }
    if (begun) {
      PrintWriter out = writer();
      if (section == Section.REASONING) {
        out.println(dim ? NORMAL : "");
      }
      out.println();
      out.flush();
    }
    section = Section.NONE;
    begun = false;
    sectioned = true;
  }
}
