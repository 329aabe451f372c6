package io.longhaul.engine.convert;

import io.longhaul.engine.json.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.zip.GZIPInputStream;

/** Checkpoints, and what llama.cpp makes of them: written by scripts/oracle/conversions.py. */
final class ConversionFixture {
  private ConversionFixture() {}

  /** The checkpoint of a name, made for conversion or for the engine's parity. */
  static Path checkpoint(String name) {
    URL url = ConversionFixture.class.getResource(name + "/config.json");
    if (url == null) {
      url =
          ConversionFixture.class.getResource(
              "/io/longhaul/engine/model/tiny/" + name + "/config.json");
    }
    try {
      return Path.of(url.toURI()).getParent();
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** By type, {@code metadata} and {@code tensors}. */
  static Map<String, Object> expected(String name) {
    try (InputStream file = ConversionFixture.class.getResourceAsStream(name + ".json.gz");
        InputStream in = new GZIPInputStream(file)) {
      return Json.readObject(name, in.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Copies a checkpoint, so that a test can change it. */
  static Path copy(String name, Path into) throws IOException {
    Path copy = Files.createDirectories(into.resolve(name));
    try (var files = Files.list(checkpoint(name))) {
      for (Path file : files.toList()) {
        Files.copy(file, copy.resolve(file.getFileName()));
      }
    }
    return copy;
  }
}
