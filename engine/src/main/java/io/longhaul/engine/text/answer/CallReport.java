package io.longhaul.engine.text.answer;

import io.longhaul.engine.json.Json;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Tells of one tool call. Text of the call is first {@link #take taken}, then accounted for by the
 * next event, so that none is lost whatever becomes of the call.
 */
final class CallReport {
  private final Consumer<AnswerEvent> listener;
  private final int index;
  private final boolean inReasoning;
  private final StringBuilder raw = new StringBuilder();
  private final StringBuilder json = new StringBuilder();
  private int accounted;
  private String name = "";
  private boolean started;

  /**
   * @param index that the call gets if it begins
   * @param inReasoning whether it stands in the reasoning
   */
  CallReport(Consumer<AnswerEvent> listener, int index, boolean inReasoning) {
    this.listener = listener;
    this.index = index;
    this.inReasoning = inReasoning;
  }

  /** Notes text as part of the call. */
  void take(String text) {
    raw.append(text);
  }

  boolean started() {
    return started;
  }

  String name() {
    return name;
  }

  String argumentsJson() {
    return json.toString();
  }

  void start(String toolName) {
    name = toolName;
    started = true;
    listener.accept(new AnswerEvent.ToolCallStart(index, name, source()));
  }

  /** More of the arguments' JSON; may be empty. */
  void argument(String argument, String moreJson) {
    json.append(moreJson);
    String source = source();
    if (!moreJson.isEmpty() || !source.isEmpty()) {
      listener.accept(new AnswerEvent.ToolArgumentDelta(index, argument, moreJson, source));
    }
  }

  void end(Map<String, Object> arguments) {
    listener.accept(new AnswerEvent.ToolCallEnd(index, name, arguments, json.toString(), source()));
  }

  /** The call is damaged. */
  void damaged(String reason) {
    String source = source();
    listener.accept(
        started
            ? new AnswerEvent.ToolCallBroken(index, name, reason, raw.toString(), source)
            : new AnswerEvent.Malformed(source, reason, inReasoning));
  }

  private String source() {
    String source = raw.substring(accounted);
    accounted = raw.length();
    return source;
  }

  /** What error messages of the arguments name. */
  String what() {
    return "the arguments of tool call " + name;
  }

  Map<String, Object> parsedArguments() {
    return Json.asObject(what(), "the document", Json.read(what(), json.toString()));
  }
}
