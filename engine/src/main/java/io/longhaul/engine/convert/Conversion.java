package io.longhaul.engine.convert;

import io.longhaul.engine.tensor.TensorType;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A file that was made.
 *
 * @param architecture {@code general.architecture}
 * @param bytes of the file
 * @param tensors how many of each type
 * @param notes what is not as it was asked for or could be expected, a line each
 */
public record Conversion(
    Path file,
    String architecture,
    long bytes,
    Map<TensorType, Integer> tensors,
    List<String> notes) {
  public Conversion {
    tensors = Collections.unmodifiableMap(new TreeMap<>(tensors));
    notes = List.copyOf(notes);
  }
}
