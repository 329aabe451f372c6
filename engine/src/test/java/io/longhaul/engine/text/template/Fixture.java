package io.longhaul.engine.text.template;

import io.longhaul.engine.json.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;

/** What the oracle has written. */
final class Fixture {
  /** The time at which the oracle renders. */
  static final Clock NOW = Clock.fixed(Instant.parse("2026-11-24T09:05:07Z"), ZoneOffset.UTC);

  private Fixture() {}

  static Object read(String name) {
    try (InputStream file = Fixture.class.getResourceAsStream(name);
        InputStream json = new GZIPInputStream(file)) {
      return Json.read(name, json.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static String text(String name) {
    try (InputStream file = Fixture.class.getResourceAsStream(name)) {
      return new String(file.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Map<String, Object> object(Object value) {
    return Json.asObject("fixture", "value", value);
  }

  static List<Map<String, Object>> objects(Object value) {
    return ((List<?>) value).stream().map(Fixture::object).toList();
  }
}
