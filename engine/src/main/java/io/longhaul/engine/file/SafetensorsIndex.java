package io.longhaul.engine.file;

import io.longhaul.engine.ModelException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Which shard holds which tensor: {@code {"metadata": {…}, "weight_map": {"NAME": "FILE"}}}.
 *
 * @param shards file name by tensor name
 */
record SafetensorsIndex(Path path, Map<String, String> shards) {
  private static final String WEIGHT_MAP = "weight_map";
  private static final int ENTRY_OBJECTS = 96;

  /**
   * Reads an index.
   *
   * @throws ModelException if it is not one, or names a file outside its folder
   */
  static SafetensorsIndex read(Path path, HeaderBudget budget) {
    MappedFile.requireRegular(path);
    try (InputStream stream = Files.newInputStream(path)) {
      long size = Files.size(path);
      if (size > HeaderJson.MAX_BYTES) {
        throw new ModelException(
            "%s: the index has %d bytes, expected at most %d"
                .formatted(path, size, HeaderJson.MAX_BYTES));
      }
      return HeaderJson.read(path.toString(), stream, budget, json -> parse(path, json));
    } catch (IOException e) {
      throw MappedFile.unreadable(path, e);
    }
  }

  private static SafetensorsIndex parse(Path path, HeaderJson json) {
    Map<String, String> shards = new LinkedHashMap<>();
    json.object(
        "the index",
        field -> {
          if (field.equals(WEIGHT_MAP)) {
            if (!shards.isEmpty()) {
              throw json.error(WEIGHT_MAP, "occurs twice");
            }
            json.object(WEIGHT_MAP, tensor -> weight(json, tensor, shards));
          } else {
            json.skip();
          }
        });
    if (shards.isEmpty()) {
      throw json.error(WEIGHT_MAP, "missing or empty");
    }
    return new SafetensorsIndex(path, Collections.unmodifiableMap(shards));
  }

  private static void weight(HeaderJson json, String tensor, Map<String, String> shards) {
    String what = WEIGHT_MAP + ": tensor " + Shown.name(tensor);
    String shard = json.string(what);
    json.reserve(what, ENTRY_OBJECTS, tensor, shard);
    if (!FileNames.isPlain(shard)) {
      throw json.error(
          what, "%s is not the name of a file in this folder".formatted(Shown.name(shard)));
    }
    if (shards.putIfAbsent(tensor, shard) != null) {
      throw json.error(what, "the name occurs twice");
    }
  }

  /** The shards' file names, sorted, which is the order of their numbers. */
  List<String> files() {
    return shards.values().stream().distinct().sorted().toList();
  }
}
