package io.longhaul.engine.text;

import io.longhaul.engine.ModelException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A value in a JSON document that knows where it stands, for messages.
 *
 * @param source the file
 * @param path such as {@code pre_tokenizer.pretokenizers[0].pattern}
 * @param value null if the document has null there, or nothing
 */
record JsonField(String source, String path, Object value) {
  boolean isNull() {
    return value == null;
  }

  /** The member of an object; a null field if there is none. */
  JsonField get(String name) {
    return new JsonField(source, path.isEmpty() ? name : path + "." + name, object().get(name));
  }

  Map<?, ?> object() {
    if (value instanceof Map<?, ?> map) {
      return map;
    }
    throw expected("an object");
  }

  boolean isObject() {
    return value instanceof Map<?, ?>;
  }

  /** The elements of an array. */
  List<JsonField> list() {
    if (!(value instanceof List<?> list)) {
      throw expected("an array");
    }
    List<JsonField> fields = new ArrayList<>(list.size());
    for (int i = 0; i < list.size(); i++) {
      fields.add(new JsonField(source, path + "[" + i + "]", list.get(i)));
    }
    return fields;
  }

  boolean isList() {
    return value instanceof List<?>;
  }

  String string() {
    if (value instanceof String text) {
      return text;
    }
    throw expected("a string");
  }

  boolean bool(boolean absent) {
    return switch (value) {
      case null -> absent;
      case Boolean b -> b;
      default -> throw expected("true or false");
    };
  }

  /** An integer from 0 to a bound. */
  int integer(int max) {
    if (value instanceof Long number && number >= 0 && number <= max) {
      return (int) (long) number;
    }
    throw expected("an integer from 0 to " + max);
  }

  /** The one character of a string. */
  char character() {
    String text = string();
    if (text.length() != 1 || Character.isSurrogate(text.charAt(0))) {
      throw expected("one character");
    }
    return text.charAt(0);
  }

  ModelException expected(String what) {
    String shown =
        switch (value) {
          case null -> "missing";
          case Map<?, ?> ignored -> "an object";
          case List<?> ignored -> "an array";
          case String text -> Texts.quote(text);
          default -> String.valueOf(value);
        };
    return new ModelException("%s: %s is %s, expected %s".formatted(source, path, shown, what));
  }

  /** The field names a component that is not known. */
  ModelException unsupported(String known) {
    return new ModelException(
        "%s: %s is %s, which is not supported; supported are %s"
            .formatted(source, path, Texts.quote(String.valueOf(value)), known));
  }
}
