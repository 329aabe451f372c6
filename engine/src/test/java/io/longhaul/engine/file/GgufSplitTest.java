package io.longhaul.engine.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.longhaul.engine.ModelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Parts of a split model must be there and fit together. */
class GgufSplitTest {
  @TempDir Path folder;

  private Path part(int number, int of, int splitNo, int splitCount, int tensors, String tensor)
      throws IOException {
    return new GgufWriter()
        .put("split.no", GgufType.UINT16, splitNo)
        .put("split.count", GgufType.UINT16, splitCount)
        .put("split.tensors.count", GgufType.INT32, tensors)
        .tensor(Tensors.f32(tensor, 1, 8))
        .write(folder.resolve("m-%05d-of-%05d.gguf".formatted(number, of)));
  }

  private static void assertRefused(Path path, String expected) {
    assertThatThrownBy(() -> ModelFile.open(path))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining(expected);
  }

  @Test
  void fittingPartsOpen() throws IOException {
    part(1, 2, 0, 2, 2, "a");
    try (ModelFile file = ModelFile.open(part(2, 2, 1, 2, 2, "b"))) {
      assertThat(file.tensors()).extracting(t -> t.name()).containsExactly("a", "b");
    }
  }

  @Test
  void aMissingPartIsNamed() throws IOException {
    assertRefused(
        part(1, 2, 0, 2, 2, "a"),
        "m-00002-of-00002.gguf: part 2 of 2 of the split model is missing");
  }

  @Test
  void aPartThatWasRenamedIsRefused() throws IOException {
    Path part = part(1, 2, 0, 2, 2, "a");
    Path renamed = Files.move(part, folder.resolve("renamed.gguf"));
    assertRefused(renamed, "renamed.gguf: metadata field split.count is 2, expected the file name");
  }

  @Test
  void aPartUnderAnotherNumberIsRefused() throws IOException {
    part(2, 2, 0, 2, 2, "b");
    assertRefused(
        part(1, 2, 0, 2, 2, "a"),
        "m-00002-of-00002.gguf: metadata field split.no is 0, expected 1");
  }

  @Test
  void aPartOfAnotherCountIsRefused() throws IOException {
    part(2, 2, 1, 3, 2, "b");
    assertRefused(
        part(1, 2, 0, 2, 2, "a"), "00002.gguf: metadata field split.count is 3, expected 2");
  }

  @Test
  void aWrongNumberOfTensorsIsRefused() throws IOException {
    part(2, 2, 1, 2, 2, "b");
    assertRefused(part(1, 2, 0, 2, 3, "a"), "split.tensors.count is 3, expected 2");
  }

  @Test
  void aTensorInTwoPartsIsRefused() throws IOException {
    part(2, 2, 1, 2, 2, "a");
    assertRefused(
        part(1, 2, 0, 2, 2, "a"), "m-00002-of-00002.gguf: tensor a is also in another file");
  }

  @Test
  void aHugeCountOfPartsIsRefusedAtTheFirstMissingOne() throws IOException {
    assertRefused(part(1, 65535, 0, 65535, 2, "a"), "m-00002-of-65535.gguf: part 2 of 65535");
  }
}
