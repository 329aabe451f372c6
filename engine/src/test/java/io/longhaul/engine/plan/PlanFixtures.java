package io.longhaul.engine.plan;

import io.longhaul.engine.json.Json;
import io.longhaul.engine.model.HfConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Configurations with fields changed. */
final class PlanFixtures {
  private PlanFixtures() {}

  static ModelShape changed(Path config, Map<String, ?> changes) {
    Map<String, Object> fields = read(config);
    fields.putAll(changes);
    return ModelShape.ofConfig(new HfConfig("config.json", fields));
  }

  static ModelShape without(Path config, String... names) {
    Map<String, Object> fields = read(config);
    fields.keySet().removeAll(List.of(names));
    return ModelShape.ofConfig(new HfConfig(config.toString(), fields));
  }

  private static Map<String, Object> read(Path config) {
    try {
      return new HashMap<>(Json.readObject(config.toString(), Files.readAllBytes(config)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
