package io.longhaul.engine.file;

import io.longhaul.engine.ModelException;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;

/**
 * The key-value pairs of a GGUF file, with getters that say what is wrong.
 *
 * <p>Values are {@code Boolean}, {@code Long} (every integer type), {@code Double} (both float
 * types), {@code String}, and arrays: {@code String[]}, {@code long[]}, {@code double[]}, {@code
 * boolean[]}; an array of arrays is an {@code Object[]} of these. An unsigned integer of 2^63 or
 * more is a {@code BigInteger}, and an array that holds one a {@code BigInteger[]}.
 */
public final class Metadata {
  private final String source;
  private final Map<String, Object> values;

  /**
   * @param source what error messages name: the file
   */
  public Metadata(String source, Map<String, Object> values) {
    this.source = source;
    this.values = Collections.unmodifiableMap(values);
  }

  /** The file, for messages. */
  public String source() {
    return source;
  }

  /** All pairs in the file's order. */
  public Map<String, Object> values() {
    return values;
  }

  public boolean contains(String key) {
    return values.containsKey(key);
  }

  public Optional<String> string(String key) {
    return get(key, String.class, "a string");
  }

  public Optional<Boolean> bool(String key) {
    return get(key, Boolean.class, "a boolean");
  }

  public Optional<String[]> strings(String key) {
    return get(key, String[].class, "an array of strings");
  }

  public Optional<long[]> longs(String key) {
    return get(key, long[].class, "an array of integers");
  }

  public Optional<double[]> doubles(String key) {
    return get(key, double[].class, "an array of floats");
  }

  public Optional<Double> number(String key) {
    return get(key, Number.class, "a number").map(Number::doubleValue);
  }

  public Optional<Integer> integer(String key) {
    return get(key, Long.class, "an integer")
        .map(
            value -> {
              if (value != (int) (long) value) {
                throw wrong(key, value, "an integer of 32 bits");
              }
              return (int) (long) value;
            });
  }

  public String requireString(String key) {
    return string(key).orElseThrow(() -> missing(key));
  }

  public int requireInteger(String key) {
    return integer(key).orElseThrow(() -> missing(key));
  }

  public double requireNumber(String key) {
    return number(key).orElseThrow(() -> missing(key));
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
    return new ModelException(source + ": metadata field " + key + " is missing");
  }

  private ModelException wrong(String key, Object value, String expected) {
    String shown = value.getClass().isArray() ? "an array" : String.valueOf(value);
    return new ModelException(
        source + ": metadata field " + key + " is " + shown + ", expected " + expected);
  }
}
