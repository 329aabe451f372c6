package io.longhaul.engine.file;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileListingTest {
  @TempDir Path folder;

  private Path model() throws IOException {
    return new GgufWriter()
        .string("s", "line\nbreak \u001b[31mred")
        .string("long", "x".repeat(1000))
        .float32("epsilon", 1e-5f)
        .put("pi", GgufType.FLOAT64, 3.141592653589793)
        .put("nan", GgufType.FLOAT32, Float.NaN)
        .array("floats", GgufType.FLOAT64, List.of(0.5, Double.NEGATIVE_INFINITY))
        .array("many", GgufType.INT32, Collections.nCopies(1000, 7))
        .array(
            "nested",
            GgufType.ARRAY,
            List.of(new GgufArray(GgufType.UINT8, List.of(1, 2)), strings("a".repeat(99))))
        .tensor(Tensors.f32("a.weight", 1024, 512))
        .tensor(Tensors.f32("b", 7))
        .write(folder.resolve("m.gguf"));
  }

  private static GgufArray strings(String... strings) {
    return new GgufArray(GgufType.STRING, List.of(strings));
  }

  @Test
  void textIsShortAndOfOneLineEach() throws IOException {
    Path path = model();
    try (ModelFile file = ModelFile.open(path)) {
      assertThat(FileListing.of(file).lines())
          .containsExactly(
              path + ": GGUF version 3, files: 1",
              "metadata: 8",
              "  s = line\\nbreak \\u001b[31mred",
              "  long = " + "x".repeat(100) + "…",
              "  epsilon = 1.0E-5",
              "  pi = 3.141592653589793",
              "  nan = NaN",
              "  floats = [0.5, -Infinity]",
              "  many = [7, 7, 7, 7, 7, 7, … 1000 in all]",
              "  nested = [[1, 2], [" + "a".repeat(24) + "…]]",
              "tensors: 2",
              "  a.weight  F32      [1024, 512]           2.0 MiB",
              "  b         F32      [7]                   28 B",
              "totals:",
              "  F32      tensors: 2  parameters: 524,295  2.0 MiB",
              "  all      tensors: 2  parameters: 524,295  2.0 MiB");
    }
  }

  @Test
  void jsonIsWholeAndValidWithNumbersThatJsonLacks() throws IOException {
    Path path = model();
    try (ModelFile file = ModelFile.open(path)) {
      Map<String, Object> json = Fixtures.json(file);
      assertThat(json)
          .containsEntry("path", path.toString())
          .containsEntry("files", List.of(path.toString()))
          .containsEntry("format", "GGUF")
          .containsEntry("version", 3L)
          .containsEntry("parameters", 524295L)
          .containsEntry("bytes", 4L * 524295)
          .containsEntry(
              "tensors",
              List.of(
                  Map.of(
                      "name",
                      "a.weight",
                      "type",
                      "F32",
                      "shape",
                      List.of(1024L, 512L),
                      "bytes",
                      2097152L),
                  Map.of("name", "b", "type", "F32", "shape", List.of(7L), "bytes", 28L)));
      assertThat(json.get("metadata"))
          .isEqualTo(
              Map.of(
                  "s",
                  "line\nbreak \u001b[31mred",
                  "long",
                  "x".repeat(1000),
                  "epsilon",
                  (double) 1e-5f,
                  "pi",
                  3.141592653589793,
                  "nan",
                  "NaN",
                  "floats",
                  List.of(0.5, "-Infinity"),
                  "many",
                  Collections.nCopies(1000, 7L),
                  "nested",
                  List.of(List.of(1L, 2L), List.of("a".repeat(99)))));
    }
  }

  @Test
  void safetensorsListTheirStrings() {
    try (ModelFile file = ModelFile.open(Fixtures.path("sharded"))) {
      assertThat(FileListing.of(file).lines())
          .contains(
              file.path() + ": safetensors, files: 3",
              "  format = pt",
              "  model.layers.0.weight  F32      [4, 8]                128 B",
              "  all      tensors: 5  parameters: 160  640 B");
    }
  }
}
