package io.longhaul.engine.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.longhaul.engine.tensor.Tensor;
import io.longhaul.engine.tensor.TensorType;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GgufWriterTest {
  @TempDir Path folder;

  @Test
  void everyTensorTypeComesBackAsItWas() throws IOException {
    var random = new Random(7);
    var writer = new GgufWriter().uint32("general.alignment", 64);
    List<Tensor> written = new ArrayList<>();
    for (TensorType type : TensorType.values()) {
      if (type.ggmlId() >= 0) {
        Tensor tensor = Tensors.random("t." + type, type, List.of(3L, 256L), random);
        written.add(tensor);
        writer.tensor(tensor);
      }
    }
    try (ModelFile file = ModelFile.open(writer.write(folder.resolve("m.gguf")))) {
      assertThat(written).hasSize(28);
      assertThat(file.tensors()).hasSameSizeAs(written);
      for (Tensor tensor : written) {
        Tensor read = file.tensor(tensor.name()).orElseThrow();
        assertThat(read.type()).isEqualTo(tensor.type());
        assertThat(read.shape()).isEqualTo(tensor.shape());
        assertThat(read.data().mismatch(tensor.data())).isEqualTo(-1);
      }
    }
  }

  @Test
  void metadataComesBackAsItWas() throws IOException {
    Path path =
        new GgufWriter()
            .string("s", "Grüße")
            .bool("b", true)
            .uint32("u", 4294967295L)
            .float32("f", 0.5f)
            .put("big", GgufType.UINT64, new BigInteger("18446744073709551615"))
            .array("empty", GgufType.STRING, List.of())
            .array(
                "nested",
                GgufType.ARRAY,
                List.of(
                    new GgufArray(GgufType.INT8, List.of(-128, 127)),
                    new GgufArray(GgufType.STRING, List.of("x"))))
            .write(folder.resolve("m.gguf"));
    try (var file = (GgufFile) ModelFile.open(path)) {
      Map<String, Object> values = file.metadata().values();
      assertThat(values.keySet()).containsExactly("s", "b", "u", "f", "big", "empty", "nested");
      assertThat(values)
          .containsEntry("s", "Grüße")
          .containsEntry("b", true)
          .containsEntry("u", 4294967295L)
          .containsEntry("f", 0.5)
          .containsEntry("big", new BigInteger("18446744073709551615"));
      assertThat((String[]) values.get("empty")).isEmpty();
      assertThat(values.get("nested"))
          .isEqualTo(new Object[] {new long[] {-128, 127}, new String[] {"x"}});
    }
  }

  @Test
  void theSameBytesAsThoseOfTheGgufPackage() throws IOException {
    var writer = new GgufWriter();
    try (var file = (GgufFile) ModelFile.open(Fixtures.path("plain.gguf"))) {
      writer.string("general.architecture", file.metadata().requireString("general.architecture"));
      file.tensors().forEach(writer::tensor);
      Path written = writer.write(folder.resolve("twin.gguf"));
      assertThat(written).hasSameBinaryContentAs(file.path());
    }
  }

  @Test
  void whatWouldNotBeSoundIsRefused() {
    var writer = new GgufWriter().uint32("k", 1).tensor(Tensors.f32("t", 8));
    List<Runnable> refused =
        List.of(
            () -> writer.uint32("k", 2),
            () -> writer.uint32("", 2),
            () -> writer.uint32("u", -1),
            () -> writer.uint32("u", 1L << 32),
            () -> writer.put("u", GgufType.INT8, 128),
            () -> writer.put("u", GgufType.UINT64, new BigInteger("18446744073709551616")),
            () -> writer.put("u", GgufType.STRING, 1),
            () -> writer.put("u", GgufType.INT32, 1.5),
            () -> writer.array("u", GgufType.BOOL, List.of(true, 1)),
            () -> writer.uint32("general.alignment", 24),
            () -> writer.string("general.alignment", "32"),
            () -> writer.string("u", "half a pair \ud800"),
            () -> writer.tensor(Tensors.f32("t", 8)),
            () -> writer.tensor(Tensors.f32("", 8)),
            () -> writer.tensor(Tensors.f32("x", 1, 1, 1, 1, 1)),
            () -> writer.tensor(Tensors.f32("x", 0, 8)),
            () -> writer.tensor(tensor(TensorType.F8_E4M3, 8, 8)),
            () -> writer.tensor(tensor(TensorType.Q4_K, 128, 72)),
            () -> writer.tensor(tensor(TensorType.F32, 8, 31)));
    for (int i = 0; i < refused.size(); i++) {
      assertThatThrownBy(refused.get(i)::run)
          .as("case %d", i)
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  private static Tensor tensor(TensorType type, long elements, int bytes) {
    return new Tensor("x", type, List.of(elements), MemorySegment.ofArray(new byte[bytes]));
  }

  @Test
  void aFailedWriteLeavesTheOldFileAndNothingElse() throws IOException {
    Path path = new GgufWriter().uint32("old", 1).write(folder.resolve("m.gguf"));
    var writer = new GgufWriter();
    // The tensor's bytes are gone when the writer comes to them.
    try (Arena arena = Arena.ofConfined()) {
      writer.tensor(new Tensor("t", TensorType.F32, List.of(8L), arena.allocate(32)));
    }
    assertThatThrownBy(() -> writer.write(path)).isInstanceOf(IllegalStateException.class);
    try (var file = (GgufFile) ModelFile.open(path);
        Stream<Path> files = Files.list(folder)) {
      assertThat(file.metadata().contains("old")).isTrue();
      assertThat(files).containsExactly(path);
    }
  }

  @Test
  void anExistingFileIsReplaced() throws IOException {
    Path path = folder.resolve("m.gguf");
    new GgufWriter().uint32("old", 1).write(path);
    new GgufWriter().uint32("new", 1).write(path);
    try (var file = (GgufFile) ModelFile.open(path)) {
      assertThat(file.metadata().values()).containsOnlyKeys("new");
    }
  }
}
