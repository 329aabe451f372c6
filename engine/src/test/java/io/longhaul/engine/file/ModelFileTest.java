package io.longhaul.engine.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.longhaul.engine.ModelException;
import io.longhaul.engine.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which model a path leads to, and the life of its mapping. */
class ModelFileTest {
  @TempDir Path folder;

  private Path gguf(String name) throws IOException {
    return Files.write(folder.resolve(name), GgufBytes.sound().bytes());
  }

  private Path safetensors(String name) throws IOException {
    return Files.write(
        folder.resolve(name),
        SafetensorsBytes.of(SafetensorsBytes.SOUND, SafetensorsBytes.SOUND_DATA_BYTES));
  }

  private static void assertRefused(Path path, String expected) {
    assertThatThrownBy(() -> ModelFile.open(path))
        .isInstanceOf(ModelException.class)
        .hasMessageStartingWith(path.toString())
        .hasMessageContaining(expected);
  }

  @Test
  void whatIsNoModelIsRefused() throws IOException {
    assertRefused(folder.resolve("missing.gguf"), "no such file");
    assertRefused(folder, "the folder holds no model");
    assertRefused(Files.createFile(folder.resolve("empty.gguf")), "the file is empty");
    assertRefused(Files.createFile(folder.resolve("empty.safetensors")), "the file is empty");
    assertRefused(Files.writeString(folder.resolve("a.txt"), "hello"), "not a model file");
    assertRefused(Files.writeString(folder.resolve("b.gguf"), "hello"), "begin with GGUF");
    assertRefused(Path.of("/dev/zero"), "is not a regular file");
  }

  @Test
  void aGgufFileIsKnownByItsContent() throws IOException {
    try (ModelFile file = ModelFile.open(gguf("sha256-0123"))) {
      assertThat(file).isInstanceOf(GgufFile.class);
    }
  }

  @Test
  void aFolderWithOneModelOpensIt() throws IOException {
    Path model = gguf("any.gguf");
    try (ModelFile file = ModelFile.open(folder)) {
      assertThat(file.path()).isEqualTo(folder);
      assertThat(file.files()).containsExactly(model);
    }
    gguf("other.gguf");
    assertRefused(folder, "the folder holds 2 models, any.gguf and other.gguf among them");
    // The name that Hugging Face gives a model comes before all others.
    Path named = safetensors("model.safetensors");
    try (ModelFile file = ModelFile.open(folder)) {
      assertThat(file.files()).containsExactly(named);
    }
  }

  @Test
  void anIncompleteFolderSaysWhatIsMissing() throws IOException {
    safetensors("model-00001-of-00002.safetensors");
    assertRefused(folder, "shards of a safetensors model, but no model.safetensors.index.json");
    Files.delete(folder.resolve("model-00001-of-00002.safetensors"));
    new GgufWriter()
        .put("split.no", GgufType.UINT16, 1)
        .put("split.count", GgufType.UINT16, 2)
        .put("split.tensors.count", GgufType.INT32, 1)
        .tensor(Tensors.f32("t", 8))
        .write(folder.resolve("m-00002-of-00002.gguf"));
    assertRefused(folder, "m-00001-of-00002.gguf: part 1 of 2 of the split model is missing");
  }

  @Test
  void aClosedFileCannotBeRead() throws IOException {
    ModelFile file = ModelFile.open(gguf("m.gguf"));
    MemorySegment data = file.tensors().getFirst().data();
    assertThat(data.isReadOnly()).isTrue();
    assertThat(data.get(ValueLayout.JAVA_BYTE, 1)).isEqualTo((byte) 1);
    file.close();
    file.close();
    assertThatThrownBy(() -> data.get(ValueLayout.JAVA_BYTE, 1))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void closingWhileOtherThreadsReadEndsTheirReadsWithAnException() throws Exception {
    Path path = gguf("m.gguf");
    try (ExecutorService readers = Executors.newFixedThreadPool(4)) {
      for (int round = 0; round < 50; round++) {
        ModelFile file = ModelFile.open(path);
        var started = new CountDownLatch(4);
        List<Future<?>> reads = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
          reads.add(readers.submit(() -> readForever(file.tensors(), started)));
        }
        started.await();
        file.close();
        for (Future<?> read : reads) {
          assertThatThrownBy(read::get).hasCauseInstanceOf(IllegalStateException.class);
        }
      }
    }
  }

  private static long readForever(List<Tensor> tensors, CountDownLatch started) {
    long sum = 0;
    for (long round = 0; ; round++) {
      if (round == 1) {
        started.countDown();
      }
      for (Tensor tensor : tensors) {
        for (long at = 0; at < tensor.data().byteSize(); at++) {
          sum += tensor.data().get(ValueLayout.JAVA_BYTE, at);
        }
      }
      if (sum == Long.MIN_VALUE) {
        return sum;
      }
    }
  }

  @Test
  void aFileThatCannotBeOpenedIsNotLeftMapped() throws IOException {
    Path path = gguf("m.gguf");
    List<MemorySegment> mapped = new ArrayList<>();
    assertThatThrownBy(
            () ->
                Arenas.openIn(
                    arena -> {
                      mapped.add(MappedFile.map(path, arena));
                      throw new ModelException("refused");
                    }))
        .hasMessage("refused");
    assertThat(mapped.getFirst().scope().isAlive()).isFalse();
  }
}
