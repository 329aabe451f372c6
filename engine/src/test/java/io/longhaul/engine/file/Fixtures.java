package io.longhaul.engine.file;

import static org.assertj.core.api.Assertions.assertThat;

import io.longhaul.engine.json.Json;
import io.longhaul.engine.tensor.Tensor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The files that {@code scripts/oracle/files.py} wrote, and what is in them. */
final class Fixtures {
  private Fixtures() {}

  static Path path(String name) {
    try {
      return Path.of(Fixtures.class.getResource(name).toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * Format, version, metadata and tensors with the hash of their bytes, all of them as expected.
   */
  static void assertHolds(ModelFile file, String expectedName) throws IOException {
    Map<String, Object> found = new LinkedHashMap<>(json(file));
    found.keySet().removeAll(List.of("path", "files", "parameters", "bytes"));
    List<Object> tensors = new ArrayList<>();
    for (Tensor tensor : file.tensors()) {
      Map<String, Object> entry = new LinkedHashMap<>();
      entry.put("name", tensor.name());
      entry.put("type", tensor.type().name());
      entry.put("shape", tensor.shape());
      entry.put("bytes", tensor.data().byteSize());
      entry.put("sha256", sha256(tensor));
      tensors.add(entry);
    }
    found.put("tensors", tensors);
    Map<String, Object> expected = read(expectedName);
    // Field by field, for messages that can be read.
    assertThat(found.keySet()).isEqualTo(expected.keySet());
    expected.forEach((key, value) -> assertThat(found.get(key)).as(key).isEqualTo(value));
  }

  /** The JSON listing of a file. */
  static Map<String, Object> json(ModelFile file) {
    var out = new ByteArrayOutputStream();
    FileListing.of(file).writeJson(out);
    return Json.readObject("listing", out.toByteArray());
  }

  private static Map<String, Object> read(String name) throws IOException {
    return Json.readObject(name, Files.readAllBytes(path(name)));
  }

  private static String sha256(Tensor tensor) {
    try {
      byte[] bytes = tensor.data().toArray(ValueLayout.JAVA_BYTE);
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
