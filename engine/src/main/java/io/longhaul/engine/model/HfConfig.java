package io.longhaul.engine.model;

import io.longhaul.engine.ModelException;
import io.longhaul.engine.json.Json;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A Hugging Face {@code config.json}, with getters that say what is wrong. */
public final class HfConfig {
  private final String source;
  private final Map<String, Object> values;

  /**
   * @param source what error messages name: the file
   */
  public HfConfig(String source, Map<String, Object> values) {
    this.source = source;
    this.values = values;
  }

  public String source() {
    return source;
  }

  /** All fields, as {@link Json} reads them. */
  Map<String, Object> values() {
    return values;
  }

  public boolean has(String key) {
    return values.get(key) != null;
  }

  public Optional<HfConfig> object(String key) {
    return has(key)
        ? Optional.of(new HfConfig(source, Json.asObject(source, key, values.get(key))))
        : Optional.empty();
  }

  /** The same configuration with one field replaced. */
  HfConfig with(String key, HfConfig object) {
    Map<String, Object> changed = new HashMap<>(values);
    changed.put(key, object.values);
    return new HfConfig(source, changed);
  }

  /** The same configuration with values for fields that it leaves out. */
  public HfConfig withDefaults(Map<String, Object> defaults) {
    Map<String, Object> all = new HashMap<>(defaults);
    values.forEach((key, value) -> all.put(key, value == null ? defaults.get(key) : value));
    return new HfConfig(source, all);
  }

  public Optional<String> string(String key) {
    return get(key, String.class, "a string");
  }

  public Optional<List<?>> list(String key) {
    return get(key, List.class, "an array").map(list -> (List<?>) list);
  }

  public boolean bool(String key, boolean otherwise) {
    return get(key, Boolean.class, "a boolean").orElse(otherwise);
  }

  public Optional<Double> number(String key) {
    return get(key, Number.class, "a number").map(Number::doubleValue);
  }

  public double number(String key, double otherwise) {
    return number(key).orElse(otherwise);
  }

  public Optional<Integer> integer(String key) {
    return get(key, Number.class, "an integer")
        .map(
            number -> {
              if (number.doubleValue() != number.intValue()) {
                throw wrong(key, number, "an integer of 32 bits");
              }
              return number.intValue();
            });
  }

  public int integer(String key, int otherwise) {
    return integer(key).orElse(otherwise);
  }

  public int requireInteger(String key) {
    return integer(key).orElseThrow(() -> missing(key));
  }

  public String requireString(String key) {
    return string(key).orElseThrow(() -> missing(key));
  }

  /** An error for a field that is there but not what this code can run. */
  public ModelException unsupported(String key, Object value, String supported) {
    return new ModelException(source + ": " + key + " is " + value + "; supported: " + supported);
  }

  /** Refuses a Hugging Face checkpoint whose feed-forward blocks use another function. */
  static void requireActivation(Checkpoint file, String key, String supported) {
    if (file.source() instanceof Checkpoint.Source.HuggingFace(HfConfig config)) {
      requireActivation(config, key, supported);
    }
  }

  static void requireActivation(HfConfig config, String key, String supported) {
    if (!config.string(key).orElse(supported).equals(supported)) {
      throw config.unsupported(key, "'" + config.requireString(key) + "'", supported);
    }
  }

  private <T> Optional<T> get(String key, Class<T> type, String expected) {
    Object value = values.get(key);
    if (value == null) {
      return Optional.empty();
    }
    if (!type.isInstance(value)) {
      throw wrong(key, value, expected);
    }
    return Optional.of(type.cast(value));
  }

  private ModelException missing(String key) {
    return new ModelException(source + ": field " + key + " is missing");
  }

  private ModelException wrong(String key, Object value, String expected) {
    return new ModelException(
        source + ": field " + key + " is " + value + ", expected " + expected);
  }
}
