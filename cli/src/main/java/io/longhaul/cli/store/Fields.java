package io.longhaul.cli.store;

import io.longhaul.engine.ModelException;
import io.longhaul.engine.json.Json;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The typed fields of one JSON object.
 *
 * @param origin the file or address, named by errors
 */
record Fields(String origin, Map<String, Object> map) {

  static Fields parse(String origin, byte[] json) {
    return new Fields(origin, Json.readObject(origin, json));
  }

  String text(String field) {
    return optionalText(field).orElseThrow(() -> wrong(field, "a text"));
  }

  long number(String field) {
    return optionalNumber(field).orElseThrow(() -> wrong(field, "a number"));
  }

  Optional<String> optionalText(String field) {
    return switch (map.get(field)) {
      case null -> Optional.empty();
      case String text -> Optional.of(text);
      default -> throw wrong(field, "a text");
    };
  }

  OptionalLong optionalNumber(String field) {
    return switch (map.get(field)) {
      case null -> OptionalLong.empty();
      case Long number when number >= 0 -> OptionalLong.of(number);
      default -> throw wrong(field, "a number");
    };
  }

  Optional<Fields> optionalObject(String field) {
    return Optional.ofNullable(map.get(field))
        .map(value -> new Fields(origin, Json.asObject(origin, field, value)));
  }

  List<Fields> objects(String field) {
    if (map.get(field) instanceof List<?> list) {
      return list.stream()
          .map(item -> new Fields(origin, Json.asObject(origin, field, item)))
          .toList();
    }
    throw wrong(field, "a list");
  }

  private ModelException wrong(String field, String wanted) {
    return new ModelException(
        origin + ": " + field + " is " + map.get(field) + " and should be " + wanted);
  }
}
