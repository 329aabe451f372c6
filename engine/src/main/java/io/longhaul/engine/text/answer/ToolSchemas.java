package io.longhaul.engine.text.answer;

import io.longhaul.engine.ModelException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The parameters of the tools that a model may call. */
public final class ToolSchemas {
  private static final ToolSchemas NONE = new ToolSchemas(Map.of());

  private final Map<String, Map<?, ?>> parameters;

  private ToolSchemas(Map<String, Map<?, ?>> parameters) {
    this.parameters = parameters;
  }

  /** No tools are known. */
  public static ToolSchemas none() {
    return NONE;
  }

  /**
   * Those of tools as chat templates take them: {@code {type: function, function: {name,
   * parameters}}}, or the function alone; the schema may be called {@code input_schema}.
   *
   * @throws ModelException if a tool has no name
   */
  public static ToolSchemas of(List<? extends Map<String, ?>> tools) {
    Map<String, Map<?, ?>> parameters = new HashMap<>();
    for (int i = 0; i < tools.size(); i++) {
      Map<?, ?> tool = tools.get(i);
      Map<?, ?> function = tool.get("function") instanceof Map<?, ?> inner ? inner : tool;
      if (!(function.get("name") instanceof String name)) {
        throw new ModelException("tools[" + i + "] has no name: a tool needs a name of text");
      }
      Object schema =
          function.containsKey("parameters")
              ? function.get("parameters")
              : function.get("input_schema");
      if (schema instanceof Map<?, ?> map) {
        parameters.put(name, map);
      }
    }
    return new ToolSchemas(parameters);
  }

  ParameterType parameter(String tool, String parameter) {
    Map<?, ?> schema = parameters.get(tool);
    if (schema != null && schema.get("properties") instanceof Map<?, ?> properties) {
      return ParameterType.of(properties.get(parameter), schema);
    }
    return ParameterType.ANY;
  }
}
