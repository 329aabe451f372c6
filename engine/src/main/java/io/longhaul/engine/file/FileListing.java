package io.longhaul.engine.file;

import io.longhaul.engine.tensor.Tensor;
import io.longhaul.engine.tensor.TensorType;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What is inside a model file, for people (lines of text) and for programs (JSON). */
public final class FileListing {
  private final ModelFile file;
  private final Map<String, Object> metadata;
  private final Map<TensorType, Total> totals = new EnumMap<>(TensorType.class);

  /** Tensors, elements and bytes of one type, or of all. */
  private record Total(long tensors, long parameters, long bytes) {
    static final Total NONE = new Total(0, 0, 0);

    Total plus(Total other) {
      return new Total(tensors + other.tensors, parameters + other.parameters, bytes + other.bytes);
    }
  }

  private FileListing(ModelFile file) {
    this.file = file;
    this.metadata =
        switch (file) {
          case GgufFile gguf -> gguf.metadata().values();
          case SafetensorsFile safetensors -> new LinkedHashMap<>(safetensors.metadata());
        };
    for (Tensor tensor : file.tensors()) {
      var one = new Total(1, tensor.elements(), tensor.data().byteSize());
      totals.merge(tensor.type(), one, Total::plus);
    }
  }

  /** Describes an open file. The listing stays usable after the file is closed. */
  public static FileListing of(ModelFile file) {
    return new FileListing(file);
  }

  /**
   * The listing as text: metadata with long values cut, tensors with type, shape (outermost
   * dimension first) and size, and the totals by type. Every line is free of control characters.
   */
  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add("%s: %s, files: %d".formatted(file.path(), format(), file.files().size()));
    lines.add("metadata: %d".formatted(metadata.size()));
    metadata.forEach(
        (key, value) -> lines.add("  %s = %s".formatted(Shown.name(key), ShownValue.of(value))));
    List<Tensor> tensors = file.tensors();
    lines.add("tensors: %d".formatted(tensors.size()));
    int nameWidth = tensors.stream().mapToInt(t -> Shown.name(t.name()).length()).max().orElse(0);
    for (Tensor tensor : tensors) {
      lines.add(
          ("  %-" + Math.max(1, nameWidth) + "s  %-7s  %-20s  %s")
              .formatted(
                  Shown.name(tensor.name()),
                  tensor.type(),
                  tensor.shape(),
                  size(tensor.data().byteSize())));
    }
    lines.add("totals:");
    totals.forEach((type, total) -> lines.add(line(type.name(), total)));
    lines.add(line("all", total()));
    return lines;
  }

  private static String line(String name, Total total) {
    return String.format(
        Locale.ROOT,
        "  %-7s  tensors: %,d  parameters: %,d  %s",
        name,
        total.tensors,
        total.parameters,
        size(total.bytes));
  }

  private Total total() {
    return totals.values().stream().reduce(Total.NONE, Total::plus);
  }

  private String format() {
    return switch (file) {
      case GgufFile gguf -> "GGUF version " + gguf.version();
      case SafetensorsFile ignored -> "safetensors";
    };
  }

  /** Bytes in the unit that leaves one to four digits before the point. */
  private static String size(long bytes) {
    String[] units = {"B", "KiB", "MiB", "GiB", "TiB"};
    double value = bytes;
    int unit = 0;
    while (value >= 1024 && unit < units.length - 1) {
      value /= 1024;
      unit++;
    }
    return String.format(Locale.ROOT, unit == 0 ? "%.0f %s" : "%.1f %s", value, units[unit]);
  }

  /**
   * Writes the listing as one JSON object in UTF-8: {@code path}, {@code files}, {@code format},
   * {@code version} (GGUF), {@code metadata} in full, {@code tensors} with {@code name}, {@code
   * type}, {@code shape} (outermost dimension first) and {@code bytes}, {@code parameters} and
   * {@code bytes} in all. JSON has no number for NaN and the infinities: they are the strings
   * {@code "NaN"}, {@code "Infinity"} and {@code "-Infinity"}.
   *
   * @param out stays open
   */
  public void writeJson(OutputStream out) {
    Total total = total();
    try (var json = new ListingJson(out)) {
      json.object(
          () -> {
            json.field("path", file.path().toString());
            json.field("files", file.files().stream().map(Object::toString).toArray(String[]::new));
            switch (file) {
              case GgufFile gguf -> {
                json.field("format", "GGUF");
                json.field("version", (long) gguf.version());
              }
              case SafetensorsFile ignored -> json.field("format", "safetensors");
            }
            json.object("metadata", () -> metadata.forEach(json::field));
            json.array("tensors", file.tensors(), tensor -> tensor(json, tensor));
            json.field("parameters", total.parameters);
            json.field("bytes", total.bytes);
          });
    }
  }

  private static void tensor(ListingJson json, Tensor tensor) {
    json.object(
        () -> {
          json.field("name", tensor.name());
          json.field("type", tensor.type().name());
          json.field("shape", tensor.shape().stream().mapToLong(Long::longValue).toArray());
          json.field("bytes", tensor.data().byteSize());
        });
  }
}
