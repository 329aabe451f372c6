package io.longhaul.engine.file;

import static org.assertj.core.api.Assertions.assertThat;

import io.longhaul.engine.tensor.Tensor;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tensors longer than 2 GiB and beyond the first 2 GiB of a file; the files are sparse. */
class LargeFileTest {
  private static final long LARGE = 5L << 29;
  private static final byte[] END = {1, 2, 3, 4, 5, 6, 7, 8};

  @TempDir Path folder;

  @Test
  void ggufBeyondTwoGib() throws IOException {
    byte[] header =
        GgufBytes.header(2, 0)
            .tensor("large", 24, 0, 1 << 20, LARGE >> 20)
            .tensor("end", 24, LARGE, END.length)
            .data(0)
            .bytes();
    assertReads(sparse("large.gguf", header));
  }

  @Test
  void safetensorsBeyondTwoGib() throws IOException {
    String header =
        ("{\"large\":{\"dtype\":\"I8\",\"shape\":[%d,%d],\"data_offsets\":[0,%d]},"
                + "\"end\":{\"dtype\":\"I8\",\"shape\":[8],\"data_offsets\":[%d,%d]}}")
            .formatted(LARGE >> 20, 1 << 20, LARGE, LARGE, LARGE + END.length);
    assertReads(sparse("large.safetensors", SafetensorsBytes.of(header, 0)));
  }

  /** The header, a hole, the byte 42 as the last of the large tensor, and the other tensor. */
  private Path sparse(String name, byte[] header) throws IOException {
    Path path = folder.resolve(name);
    try (var file = new RandomAccessFile(path.toFile(), "rw")) {
      file.write(header);
      file.setLength(header.length + LARGE + END.length);
      file.seek(header.length + LARGE - 1);
      file.write(42);
      file.write(END);
    }
    return path;
  }

  private static void assertReads(Path path) {
    try (ModelFile file = ModelFile.open(path)) {
      Tensor large = file.tensor("large").orElseThrow();
      assertThat(large.shape()).isEqualTo(List.of(LARGE >> 20, 1L << 20));
      assertThat(large.data().byteSize()).isEqualTo(LARGE).isGreaterThan(Integer.MAX_VALUE);
      assertThat(large.data().get(ValueLayout.JAVA_BYTE, LARGE - 2)).isZero();
      assertThat(large.data().get(ValueLayout.JAVA_BYTE, LARGE - 1)).isEqualTo((byte) 42);
      assertThat(file.tensor("end").orElseThrow().data().toArray(ValueLayout.JAVA_BYTE))
          .isEqualTo(END);
    }
  }
}
