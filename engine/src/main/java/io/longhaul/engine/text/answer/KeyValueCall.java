package io.longhaul.engine.text.answer;

import io.longhaul.engine.ModelException;
import java.util.HashSet;
import java.util.Set;

/**
 * A call in GLM's form: {@code
 * name<arg_key>key</arg_key><arg_value>value</arg_value>…</tool_call>}. White space between the
 * arguments means nothing; in a value it is part of it. A value ends at its {@code </arg_value>}
 * alone, and the call at its {@code </tool_call>}: other markers within a value are its text.
 */
final class KeyValueCall implements CallParser {
  private enum State {
    NAME,
    BETWEEN,
    KEY,
    BEFORE_VALUE,
    VALUE
  }

  private final CallReport report;
  private final ToolSchemas tools;
  private final StringBuilder name = new StringBuilder();
  private final StringBuilder key = new StringBuilder();
  private final StringBuilder value = new StringBuilder();
  private final Set<String> keys = new HashSet<>();
  private State state = State.NAME;
  private ParameterType type = ParameterType.ANY;

  KeyValueCall(CallReport report, ToolSchemas tools) {
    this.report = report;
    this.tools = tools;
  }

  @Override
  public int text(String piece) {
    int length =
        switch (state) {
          case NAME -> ToolNames.append(name, piece);
          case BETWEEN, BEFORE_VALUE -> leadingSpace(piece);
          case KEY, VALUE -> piece.length();
        };
    String taken = piece.substring(0, length);
    report.take(taken);
    switch (state) {
      case KEY -> key.append(taken);
      case VALUE -> value(taken);
      case BETWEEN, BEFORE_VALUE -> report.argument("", "");
      case NAME -> {}
    }
    if (length < piece.length()) {
      report.damaged(
          state == State.NAME
              ? "a tool call begins with what is no name"
              : "text between the arguments of a tool call");
    }
    return length;
  }

  private static int leadingSpace(String text) {
    int end = 0;
    while (end < text.length() && Character.isWhitespace(text.charAt(end))) {
      end++;
    }
    return end;
  }

  private void value(String text) {
    value.append(text);
    report.argument(key.toString(), type.onlyStrings() ? JsonStrings.escape(text) : "");
  }

  @Override
  public Outcome marker(Marker marker) {
    switch (state) {
      case NAME, BETWEEN -> {
        if (marker == Marker.ARG_KEY || marker == Marker.END_TOOL_CALL) {
          return afterName(marker);
        }
      }
      case KEY -> {
        if (marker == Marker.END_ARG_KEY) {
          return endKey();
        }
      }
      case BEFORE_VALUE -> {
        if (marker == Marker.ARG_VALUE) {
          report.take(marker.text);
          report.argument(key.toString(), beginJson());
          state = State.VALUE;
          return Outcome.GOES_ON;
        }
      }
      case VALUE -> {
        if (marker != Marker.END_TOOL_CALL) {
          return inValue(marker);
        }
      }
    }
    return unexpected(marker);
  }

  /** After the name or an argument: the next argument, or the end. */
  private Outcome afterName(Marker marker) {
    if (state == State.NAME) {
      String toolName = name.toString().strip();
      if (toolName.isEmpty()) {
        return unexpected(marker);
      }
      report.start(toolName);
    }
    if (marker == Marker.END_TOOL_CALL) {
      return end();
    }
    report.take(marker.text);
    report.argument("", "");
    key.setLength(0);
    value.setLength(0);
    state = State.KEY;
    return Outcome.GOES_ON;
  }

  private Outcome endKey() {
    report.take(Marker.END_ARG_KEY.text);
    String text = key.toString().strip();
    if (text.isEmpty() || !keys.add(text)) {
      report.damaged(
          text.isEmpty()
              ? "an argument of a tool call has no name"
              : "argument %s of a tool call comes twice".formatted(text));
      return Outcome.OVER;
    }
    key.setLength(0);
    key.append(text);
    type = tools.parameter(report.name(), text);
    report.argument(text, "");
    state = State.BEFORE_VALUE;
    return Outcome.GOES_ON;
  }

  private String beginJson() {
    return (keys.size() == 1 ? "{" : ",")
        + JsonStrings.quote(key.toString())
        + ":"
        + (type.onlyStrings() ? "\"" : "");
  }

  private Outcome inValue(Marker marker) {
    report.take(marker.text);
    if (marker != Marker.END_ARG_VALUE) {
      value(marker.text);
      return Outcome.GOES_ON;
    }
    report.argument(key.toString(), type.onlyStrings() ? "\"" : type.toJson(value.toString()));
    state = State.BETWEEN;
    return Outcome.GOES_ON;
  }

  private Outcome end() {
    report.argument("", keys.isEmpty() ? "{}" : "}");
    report.take(Marker.END_TOOL_CALL.text);
    try {
      report.end(report.parsedArguments());
    } catch (ModelException e) {
      // Each value is JSON by itself, but nested in the object it may be too deep.
      report.damaged(e.getMessage());
    }
    return Outcome.OVER;
  }

  /** A {@code </tool_call>} ends a call wherever it comes; any other marker is not the call's. */
  private Outcome unexpected(Marker marker) {
    boolean end = marker == Marker.END_TOOL_CALL;
    if (end) {
      report.take(marker.text);
    }
    report.damaged(marker.text + " where a tool call does not expect it");
    return end ? Outcome.OVER : Outcome.DAMAGED;
  }

  @Override
  public void truncated() {
    report.damaged("the answer ends within a tool call");
  }
}
