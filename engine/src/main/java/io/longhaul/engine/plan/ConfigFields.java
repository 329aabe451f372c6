package io.longhaul.engine.plan;

import io.longhaul.engine.ModelException;
import io.longhaul.engine.model.HfConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/** Numbers and lists of a {@code config.json} within bounds that arithmetic can bear. */
record ConfigFields(HfConfig config) {
  static final long MOST_LAYERS = 10_000;
  static final long LARGEST = 1 << 24;

  /** A width, a count of heads and the like. */
  long size(String key) {
    return checked(key, config.requireInteger(key), 1, LARGEST);
  }

  long size(String key, long otherwise) {
    return optionalSize(key).orElse(otherwise);
  }

  /** Empty if the field is missing or null. */
  OptionalLong optionalSize(String key) {
    return config
        .integer(key)
        .map(value -> OptionalLong.of(checked(key, value, 1, LARGEST)))
        .orElseGet(OptionalLong::empty);
  }

  /** A size that may be zero. */
  long count(String key, long otherwise) {
    return config.integer(key).map(value -> checked(key, value, 0, LARGEST)).orElse(otherwise);
  }

  long tokens(String key) {
    return checked(key, config.requireInteger(key), 1, Integer.MAX_VALUE);
  }

  int layers(String key) {
    return (int) checked(key, config.requireInteger(key), 1, MOST_LAYERS);
  }

  /**
   * A list with one word for each layer, as whether it is {@code yes}.
   *
   * @param no the only other word
   */
  List<Boolean> perLayer(String key, List<?> words, int layers, String yes, String no) {
    if (words.size() < layers) {
      throw config.unsupported(
          key, "a list of " + words.size(), "a list of at least num_hidden_layers = " + layers);
    }
    List<Boolean> result = new ArrayList<>();
    for (Object word : words.subList(0, layers)) {
      if (!yes.equals(word) && !no.equals(word)) {
        throw config.unsupported(key, "'" + word + "' for a layer", yes + ", " + no);
      }
      result.add(yes.equals(word));
    }
    return result;
  }

  long checked(String key, long value, long least, long most) {
    if (value < least || value > most) {
      throw new ModelException(
          "%s: field %s is %d, expected %d to %d"
              .formatted(config.source(), key, value, least, most));
    }
    return value;
  }
}
