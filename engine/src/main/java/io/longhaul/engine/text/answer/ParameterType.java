package io.longhaul.engine.text.answer;

import io.longhaul.engine.ModelException;
import io.longhaul.engine.json.Json;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which JSON values a parameter of a tool takes, as far as its JSON Schema says so by types: it
 * tells a string that looks like a number from a number.
 */
final class ParameterType {
  private enum Kind {
    STRING,
    NUMBER,
    BOOLEAN,
    OBJECT,
    ARRAY,
    NULL
  }

  /** Takes everything. */
  static final ParameterType ANY = new ParameterType(EnumSet.allOf(Kind.class));

  /** Bounds schemas that refer to themselves. */
  private static final int MAX_DEPTH = 16;

  private final Set<Kind> kinds;

  private ParameterType(Set<Kind> kinds) {
    this.kinds = kinds;
  }

  /**
   * The type that a schema says.
   *
   * @param schema of the parameter
   * @param root the schema of all parameters, which {@code $ref} points into
   */
  static ParameterType of(Object schema, Map<?, ?> root) {
    return new ParameterType(kinds(schema, root, 0));
  }

  private static Set<Kind> kinds(Object value, Map<?, ?> root, int depth) {
    Set<Kind> kinds = EnumSet.allOf(Kind.class);
    if (!(value instanceof Map<?, ?> schema) || depth > MAX_DEPTH) {
      return kinds;
    }
    if (schema.get("$ref") instanceof String reference) {
      kinds.retainAll(kinds(resolve(reference, root), root, depth + 1));
    }
    if (schema.containsKey("type")) {
      kinds.retainAll(named(schema.get("type")));
    }
    if (schema.get("enum") instanceof List<?> values) {
      kinds.retainAll(ofValues(values));
    }
    if (schema.containsKey("const")) {
      kinds.retainAll(EnumSet.of(of(schema.get("const"))));
    }
    for (String choice : List.of("anyOf", "oneOf")) {
      if (schema.get(choice) instanceof List<?> schemas) {
        Set<Kind> any = EnumSet.noneOf(Kind.class);
        schemas.forEach(each -> any.addAll(kinds(each, root, depth + 1)));
        kinds.retainAll(any);
      }
    }
    if (schema.get("allOf") instanceof List<?> schemas) {
      schemas.forEach(each -> kinds.retainAll(kinds(each, root, depth + 1)));
    }
    if (Boolean.TRUE.equals(schema.get("nullable"))) { // OpenAPI 3.0
      kinds.add(Kind.NULL);
    }
    return kinds;
  }

  /** What a pointer within the document leads to; null if it leads nowhere, or elsewhere. */
  private static Object resolve(String reference, Map<?, ?> root) {
    if (!reference.startsWith("#")) {
      return null;
    }
    Object at = root;
    for (String step : reference.substring(1).split("/", -1)) {
      if (!step.isEmpty()) {
        String name = step.replace("~1", "/").replace("~0", "~");
        at = at instanceof Map<?, ?> map ? map.get(name) : null;
      }
    }
    return at;
  }

  private static Set<Kind> named(Object type) {
    Set<Kind> kinds = EnumSet.noneOf(Kind.class);
    for (Object name : type instanceof List<?> names ? names : List.of(type)) {
      switch (String.valueOf(name)) {
        case "string" -> kinds.add(Kind.STRING);
        case "number", "integer" -> kinds.add(Kind.NUMBER);
        case "boolean" -> kinds.add(Kind.BOOLEAN);
        case "object" -> kinds.add(Kind.OBJECT);
        case "array" -> kinds.add(Kind.ARRAY);
        case "null" -> kinds.add(Kind.NULL);
        default -> kinds.addAll(EnumSet.allOf(Kind.class)); // a word of another dialect
      }
    }
    return kinds;
  }

  private static Set<Kind> ofValues(List<?> values) {
    Set<Kind> kinds = EnumSet.noneOf(Kind.class);
    values.forEach(each -> kinds.add(of(each)));
    return kinds;
  }

  private static Kind of(Object value) {
    return switch (value) {
      case null -> Kind.NULL;
      case String ignored -> Kind.STRING;
      case Number ignored -> Kind.NUMBER;
      case Boolean ignored -> Kind.BOOLEAN;
      case Map<?, ?> ignored -> Kind.OBJECT;
      default -> Kind.ARRAY;
    };
  }

  /** Whether every text is the value itself, and nothing needs to be parsed. */
  boolean onlyStrings() {
    return kinds.equals(EnumSet.of(Kind.STRING));
  }

  /**
   * The value that a text stands for, as JSON: the text itself if it is JSON and the parameter
   * takes it, or takes no strings; else the text as a string.
   */
  String toJson(String text) {
    return onlyStrings() || !isMeant(text) ? JsonStrings.quote(text) : text;
  }

  private boolean isMeant(String text) {
    try {
      return kinds.contains(of(Json.read("a value", text))) || !kinds.contains(Kind.STRING);
    } catch (ModelException e) {
      return false; // Not JSON, which is an answer and no failure: then it is a string.
    }
  }
}
