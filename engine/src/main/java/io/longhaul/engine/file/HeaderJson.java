package io.longhaul.engine.file;

import io.longhaul.engine.ModelException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.json.JsonFactory;

/**
 * Reads the JSON of safetensors token by token. It may be large and hostile, so it never becomes a
 * tree: what is kept is checked and counted first.
 */
final class HeaderJson implements AutoCloseable {
  /** The limit of the safetensors library for a header; also kept for an index. */
  static final long MAX_BYTES = 100_000_000;

  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(64)
                  .maxStringLength(20_000_000)
                  .maxNameLength(1 << 16)
                  .build())
          // Names are mostly unique: a table of them costs more than it saves, and can overflow.
          .disable(TokenStreamFactory.Feature.CANONICALIZE_PROPERTY_NAMES)
          .disable(TokenStreamFactory.Feature.INTERN_PROPERTY_NAMES)
          .build();

  private final String file;
  private final HeaderBudget budget;
  private final JsonParser parser;

  private HeaderJson(String file, HeaderBudget budget, JsonParser parser) {
    this.file = file;
    this.budget = budget;
    this.parser = parser;
  }

  /** What is done with the document. */
  interface Reader<T> {
    T read(HeaderJson json);
  }

  /**
   * Reads one document, which must be an object; the reader meets its start.
   *
   * @throws ModelException if it is not JSON, or more follows
   */
  static <T> T read(String file, InputStream utf8, HeaderBudget budget, Reader<T> reader) {
    // The format says UTF-8: Jackson would accept UTF-16 as well. This decoder reports errors.
    var text = new InputStreamReader(utf8, StandardCharsets.UTF_8.newDecoder());
    try (var json =
        new HeaderJson(file, budget, FACTORY.createParser(ObjectReadContext.empty(), text))) {
      json.next();
      T result = reader.read(json);
      if (json.next() != null) {
        throw json.error("header", "more text after the end of the JSON document");
      }
      return result;
    } catch (JacksonException e) {
      throw invalid(file, e);
    }
  }

  private static ModelException invalid(String file, JacksonException e) {
    // A document that is too deep or a number that is too long comes without a place.
    String place =
        e.getLocation() == null ? "" : " at character " + e.getLocation().getCharOffset();
    return new ModelException(
        "%s: the header is not valid JSON: %s%s"
            .formatted(file, Shown.text(e.getOriginalMessage(), 200), place),
        e);
  }

  private JsonToken next() {
    return parser.nextToken();
  }

  /** What is done with one field of an object; must consume its value. */
  interface FieldReader {
    void read(String name);
  }

  /** Reads the object at the current token, field by field. */
  void object(String what, FieldReader fields) {
    require(JsonToken.START_OBJECT, what, "an object");
    while (next() != JsonToken.END_OBJECT) {
      String name = wellFormed(parser.currentName(), what);
      next();
      fields.read(name);
    }
  }

  /** Reads the array at the current token: integers, none negative, at most so many. */
  long[] naturals(String what, int most) {
    require(JsonToken.START_ARRAY, what, "an array");
    var values = new long[most];
    int count = 0;
    while (next() != JsonToken.END_ARRAY) {
      if (count == most) {
        throw error(what, "more than %d numbers".formatted(most));
      }
      values[count++] = natural(what);
    }
    return Arrays.copyOf(values, count);
  }

  private long natural(String what) {
    require(JsonToken.VALUE_NUMBER_INT, what, "an integer");
    boolean fits =
        switch (parser.getNumberType()) {
          case INT, LONG -> parser.getLongValue() >= 0;
          default -> false;
        };
    if (!fits) {
      throw error(
          what,
          "%s is not an integer from 0 to 2^63-1".formatted(Shown.text(parser.getString(), 40)));
    }
    return parser.getLongValue();
  }

  /** Reads the string at the current token. */
  String string(String what) {
    require(JsonToken.VALUE_STRING, what, "a string");
    return wellFormed(parser.getString(), what);
  }

  /** Passes over the value at the current token. */
  void skip() {
    parser.skipChildren();
  }

  /** Takes heap from the model's budget for an entry of these texts and so many bytes besides. */
  void reserve(String what, long bytes, String... texts) {
    for (String text : texts) {
      bytes += 2L * text.length() + 56;
    }
    budget.take(file, bytes, 1, () -> what);
  }

  /** JSON can escape half of a surrogate pair, which no UTF-8 text holds. */
  private String wellFormed(String text, String what) {
    if (!UnicodeText.isWellFormed(text)) {
      throw error(what, "unpaired surrogate in " + Shown.name(text));
    }
    return text;
  }

  private void require(JsonToken expected, String what, String expectedName) {
    if (parser.currentToken() != expected) {
      String found =
          switch (parser.currentToken()) {
            case null -> "nothing";
            case START_OBJECT -> "an object";
            case START_ARRAY -> "an array";
            default -> Shown.text(parser.getString(), 40);
          };
      throw error(what, "found %s, expected %s".formatted(found, expectedName));
    }
  }

  ModelException error(String what, String problem) {
    return new ModelException("%s: %s: %s".formatted(file, what, problem));
  }

  @Override
  public void close() {
    parser.close();
  }
}
