package io.longhaul.engine.text.answer;

import io.longhaul.engine.ModelException;
import io.longhaul.engine.json.Json;
import java.util.Map;

/**
 * A call in the form of Hermes and Qwen: {@code {"name": …, "arguments": {…}}</tool_call>}. The
 * arguments are told as the model writes them once the name is known. Within a JSON string, markers
 * but the end of the call are its text.
 */
final class JsonCall implements CallParser {
  private final CallReport report;
  private final StringBuilder body = new StringBuilder();
  private final CallJsonScanner scanner = new CallJsonScanner();

  /** How much of the arguments has been told. */
  private int told;

  JsonCall(CallReport report) {
    this.report = report;
  }

  @Override
  public int text(String piece) {
    for (int i = 0; i < piece.length(); i++) {
      if (!scanner.accept(piece.charAt(i))) {
        append(piece.substring(0, i));
        report.damaged("the text of a tool call is not one JSON object");
        return i;
      }
    }
    append(piece);
    return piece.length();
  }

  private void append(String text) {
    body.append(text);
    report.take(text);
    if (!report.started()) {
      String name = name();
      if (name.isEmpty() || scanner.argumentsFrom() < 0) {
        return;
      }
      report.start(name);
    }
    report.argument("", newArguments());
  }

  /** The tool's name, if it is known by now; else empty. */
  private String name() {
    if (scanner.nameTo() < 0) {
      return "";
    }
    try {
      String literal = body.substring(scanner.nameFrom(), scanner.nameTo());
      return Json.read("the name of a tool call", literal) instanceof String name
          ? name.strip()
          : "";
    } catch (ModelException e) {
      return ""; // The end of the call tells what is wrong with its JSON.
    }
  }

  private String newArguments() {
    int to = scanner.argumentsTo() < 0 ? body.length() : scanner.argumentsTo();
    String more = body.substring(Math.min(to, scanner.argumentsFrom() + told), to);
    told += more.length();
    return more;
  }

  @Override
  public Outcome marker(Marker marker) {
    if (marker == Marker.END_TOOL_CALL) {
      end();
      return Outcome.OVER;
    }
    if (scanner.inString()) {
      text(marker.text);
      return Outcome.GOES_ON;
    }
    report.damaged(marker.text + " where a tool call does not expect it");
    return Outcome.DAMAGED;
  }

  private void end() {
    try {
      Map<String, Object> call =
          Json.asObject("a tool call", "the text", Json.read("a tool call", body.toString()));
      if (!(call.get("name") instanceof String name) || name.isBlank()) {
        throw new ModelException("a tool call has no name");
      }
      Map<String, Object> arguments =
          call.get("arguments") == null
              ? Map.of()
              : Json.asObject("tool call " + name, "arguments", call.get("arguments"));
      if (!report.started()) { // There are no arguments, or null.
        report.start(name.strip());
        report.argument("", "{}");
      }
      report.take(Marker.END_TOOL_CALL.text);
      report.end(arguments);
    } catch (ModelException e) {
      report.take(Marker.END_TOOL_CALL.text);
      report.damaged(e.getMessage());
    }
  }

  @Override
  public void truncated() {
    report.damaged("the answer ends within a tool call");
  }
}
