package io.longhaul.engine;

import io.longhaul.engine.json.Json;
import java.util.Map;

/**
 * A call of a tool, as an assistant's message holds it.
 *
 * @param id that the tool's result names; may be empty where the model's template knows none
 * @param argumentsJson a JSON object; empty text for one without members
 */
public record ToolCall(String id, String name, String argumentsJson) {
  public ToolCall {
    if (argumentsJson.isBlank()) {
      argumentsJson = "{}";
    }
    parse(name, argumentsJson);
  }

  /**
   * The arguments by name, as {@link Json} reads them.
   *
   * @throws ModelException if they are not a JSON object
   */
  public Map<String, Object> arguments() {
    return parse(name, argumentsJson);
  }

  private static Map<String, Object> parse(String name, String json) {
    String source = "tool call " + name;
    return Json.asObject(source, "arguments", Json.read(source + ": arguments", json));
  }

  /** The call as templates take it: the arguments are a map, not text. */
  Map<String, Object> toVariable() {
    Map<String, Object> function = Map.of("name", name, "arguments", arguments());
    return id.isEmpty()
        ? Map.of("type", "function", "function", function)
        : Map.of("id", id, "type", "function", "function", function);
  }
}
