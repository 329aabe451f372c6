package io.longhaul.engine.json;

import io.longhaul.engine.ModelException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;

/**
 * Reads JSON into plain Java values: {@code Map<String, Object>} in document order, {@code
 * List<Object>}, {@code String}, {@code Long} or {@code BigInteger}, {@code Double}, {@code
 * Boolean}, and {@code null}.
 *
 * <p>Depth, number length and duplicate keys are checked while reading, so a hostile document is an
 * error and never an exhausted stack.
 */
public final class Json {
  private static final int MAX_DEPTH = 200;

  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(MAX_DEPTH)
                  .maxStringLength(Integer.MAX_VALUE)
                  .maxNameLength(1 << 20)
                  .build())
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .build();

  private Json() {}

  /**
   * Reads one document.
   *
   * @param source what error messages name: the file
   * @throws ModelException if the text is not one JSON document
   */
  public static Object read(String source, byte[] utf8) {
    try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), utf8)) {
      return document(source, parser);
    } catch (JacksonException e) {
      throw invalid(source, e);
    }
  }

  /** Reads one document from text. */
  public static Object read(String source, String text) {
    try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), text)) {
      return document(source, parser);
    } catch (JacksonException e) {
      throw invalid(source, e);
    }
  }

  /** Reads one document that must be an object. */
  public static Map<String, Object> readObject(String source, byte[] utf8) {
    return asObject(source, "the document", read(source, utf8));
  }

  /** The value as an object, or an error that names the field. */
  @SuppressWarnings("unchecked")
  public static Map<String, Object> asObject(String source, String field, Object value) {
    if (value instanceof Map<?, ?> map) {
      return (Map<String, Object>) map;
    }
    throw new ModelException(source + ": " + field + " is " + describe(value) + ", not an object");
  }

  private static Object document(String source, JsonParser parser) {
    if (parser.nextToken() == null) {
      throw new ModelException(source + ": the JSON document is empty");
    }
    Object value = value(parser);
    if (parser.nextToken() != null) {
      throw new ModelException(source + ": more text after the end of the JSON document");
    }
    return value;
  }

  private static Object value(JsonParser parser) {
    return switch (parser.currentToken()) {
      case START_OBJECT -> {
        Map<String, Object> map = new LinkedHashMap<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
          String name = parser.currentName();
          parser.nextToken();
          map.put(name, value(parser));
        }
        yield Collections.unmodifiableMap(map);
      }
      case START_ARRAY -> {
        List<Object> list = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          list.add(value(parser));
        }
        yield Collections.unmodifiableList(list);
      }
      case VALUE_STRING -> parser.getString();
      case VALUE_NUMBER_INT ->
          switch (parser.getNumberType()) {
            case INT, LONG -> (Object) parser.getLongValue();
            default -> parser.getBigIntegerValue();
          };
      case VALUE_NUMBER_FLOAT -> parser.getDoubleValue();
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      default -> null;
    };
  }

  private static String describe(Object value) {
    return switch (value) {
      case null -> "missing";
      case Map<?, ?> ignored -> "an object";
      case List<?> ignored -> "an array";
      default -> value.toString();
    };
  }

  private static ModelException invalid(String source, JacksonException e) {
    // A document that is too deep or a number that is too long comes without a place.
    String place =
        e.getLocation() == null
            ? ""
            : " at line "
                + e.getLocation().getLineNr()
                + ", column "
                + e.getLocation().getColumnNr();
    return new ModelException(source + ": not valid JSON: " + e.getOriginalMessage() + place, e);
  }
}
