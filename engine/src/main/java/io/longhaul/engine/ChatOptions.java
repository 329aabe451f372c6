package io.longhaul.engine;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * How a conversation becomes a prompt.
 *
 * @param preserveReasoning whether the model sees the reasoning of its earlier answers again, where
 *     its template can show it. Then a prompt begins with the one before and its answer, all of
 *     which a session knows; without, everything after the first reasoning is computed anew in each
 *     turn
 * @param tools that the model may call: {@code {type: function, function: {name, description,
 *     parameters}}}, parameters being a JSON Schema
 */
public record ChatOptions(
    Reasoning reasoning, boolean preserveReasoning, List<Map<String, Object>> tools) {
  public ChatOptions {
    tools = List.copyOf(tools);
  }

  /** Reasoning as the model has it, which is preserved; no tools. */
  public static ChatOptions defaults() {
    return new ChatOptions(Reasoning.DEFAULT, true, List.of());
  }

  public ChatOptions withReasoning(Reasoning value) {
    return new ChatOptions(value, preserveReasoning, tools);
  }

  public ChatOptions withPreserveReasoning(boolean value) {
    return new ChatOptions(reasoning, value, tools);
  }

  public ChatOptions withTools(List<Map<String, Object>> value) {
    return new ChatOptions(reasoning, preserveReasoning, value);
  }

  /** The template's variables for a conversation that the model is to answer. */
  Map<String, Object> variables(List<Message> messages) {
    Map<String, Object> variables = new HashMap<>(reasoning.variables());
    variables.put("messages", messages.stream().map(Message::toVariable).toList());
    variables.put("add_generation_prompt", true);
    variables.put("clear_thinking", !preserveReasoning);
    if (!tools.isEmpty()) {
      variables.put("tools", tools);
    }
    return variables;
  }
}
