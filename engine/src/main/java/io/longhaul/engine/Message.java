package io.longhaul.engine;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One message of a conversation.
 *
 * @param role as the model's template knows it: {@code system}, {@code user}, {@code assistant},
 *     {@code tool}
 * @param reasoning of an assistant, before the content; the template decides whether the model sees
 *     it again
 * @param toolCalls of an assistant, after the content
 * @param toolCallId of a tool's message: the call that it answers
 */
public record Message(
    String role,
    String content,
    Optional<String> reasoning,
    List<ToolCall> toolCalls,
    Optional<String> toolCallId) {
  public Message {
    toolCalls = List.copyOf(toolCalls);
  }

  /** A message of text alone. */
  public Message(String role, String content) {
    this(role, content, Optional.empty(), List.of(), Optional.empty());
  }

  public static Message system(String content) {
    return new Message("system", content);
  }

  public static Message user(String content) {
    return new Message("user", content);
  }

  public static Message assistant(String content) {
    return new Message("assistant", content);
  }

  /** What a tool gave back for a call; the results of several calls follow each other. */
  public static Message toolResult(String toolCallId, String content) {
    return new Message("tool", content, Optional.empty(), List.of(), Optional.of(toolCallId));
  }

  public Message withReasoning(String value) {
    return new Message(role, content, Optional.of(value), toolCalls, toolCallId);
  }

  public Message withToolCalls(List<ToolCall> value) {
    return new Message(role, content, reasoning, value, toolCallId);
  }

  /** The message as templates take it. */
  Map<String, Object> toVariable() {
    Map<String, Object> variable = new LinkedHashMap<>();
    variable.put("role", role);
    variable.put("content", content);
    reasoning.ifPresent(text -> variable.put("reasoning_content", text));
    if (!toolCalls.isEmpty()) {
      variable.put("tool_calls", toolCalls.stream().map(ToolCall::toVariable).toList());
    }
    toolCallId.ifPresent(id -> variable.put("tool_call_id", id));
    return variable;
  }
}
