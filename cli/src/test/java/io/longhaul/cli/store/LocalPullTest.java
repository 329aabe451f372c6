package io.longhaul.cli.store;

import static io.longhaul.cli.store.HubServer.gguf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Models from files of this machine. */
class LocalPullTest {
  private static final byte[] MODEL = gguf(100_000, 1);

  @TempDir Path temp;
  private StoreFixture fixture;
  private Path folder;

  @BeforeEach
  void prepare() throws IOException {
    fixture = new StoreFixture(temp.resolve("home"), "http://127.0.0.1:9");
    fixture.environment.put("LONGHAUL_OFFLINE", "1");
    folder = Files.createDirectories(temp.resolve("my models"));
  }

  @Test
  void linksAFile() throws IOException {
    Path file = Files.write(folder.resolve("tiny.Q4_1.gguf"), MODEL);
    InstalledModel model = fixture.pull(file.toString()).model();
    assertThat(model.name()).isEqualTo("tiny.Q4_1");
    assertThat(Files.isSameFile(model.path(), file)).isTrue();
    Files.delete(file);
    assertThat(fixture.bytes("tiny.Q4_1", "tiny.Q4_1.gguf")).isEqualTo(MODEL);
    assertThat(model.files())
        .containsExactly(new ModelFile("tiny.Q4_1.gguf", 100_000, HubServer.sha256(MODEL)));
    assertThat(fixture.lastProgress()).isEqualTo(100_000);
  }

  @Test
  void linksTheFileBehindASymbolicLink() throws IOException {
    Path blob = Files.write(folder.resolve("blob"), MODEL);
    Path link = Files.createSymbolicLink(folder.resolve("m.gguf"), blob);
    Path stored = fixture.pull(link.toString()).model().path();
    assertThat(Files.isSymbolicLink(stored)).isFalse();
    assertThat(Files.isSameFile(stored, blob)).isTrue();
  }

  @Test
  void takesAGgufOfAnyName() throws IOException {
    Path file = Files.write(folder.resolve("sha256-abc"), MODEL);
    assertThat(fixture.pull(file.toString()).model().path().getFileName())
        .hasToString("sha256-abc.gguf");
  }

  @Test
  void takesAFolderOfSafetensors() throws IOException {
    Files.writeString(folder.resolve("config.json"), "{}");
    Files.writeString(folder.resolve("tokenizer.json"), "{}");
    Files.writeString(folder.resolve("notes.txt"), "mine");
    Files.write(folder.resolve("model.safetensors"), MODEL);
    InstalledModel model = fixture.pull(folder.toString()).model();
    assertThat(model.name()).isEqualTo("my-models");
    assertThat(model.path()).isEqualTo(fixture.models().resolve("my-models"));
    assertThat(fixture.tree())
        .containsExactly(
            "my-models/config.json",
            "my-models/model.json",
            "my-models/model.safetensors",
            "my-models/tokenizer.json");
  }

  @Test
  void takesAllPartsOfASplitFile() throws IOException {
    for (int i = 1; i <= 2; i++) {
      Files.write(folder.resolve("m-0000" + i + "-of-00002.gguf"), gguf(1000, i));
    }
    Path second = folder.resolve("m-00002-of-00002.gguf");
    assertThat(fixture.pull(second.toString()).model().path().getFileName())
        .hasToString("m-00001-of-00002.gguf");
    fixture.store().remove("m");
    Files.delete(second);
    Path first = folder.resolve("m-00001-of-00002.gguf");
    assertThatThrownBy(() -> fixture.pull(first.toString()))
        .hasMessageContaining("lacks m-00002-of-00002.gguf");
  }

  @Test
  void joinsPieces() throws IOException {
    Files.write(folder.resolve("m.gguf.part00"), MODEL);
    Files.write(folder.resolve("m.gguf.part01"), gguf(500, 2));
    fixture.pull(folder.toString());
    assertThat(fixture.bytes("my-models", "m.gguf"))
        .isEqualTo(HubServer.concat(MODEL, gguf(500, 2)));
  }

  @Test
  void refusesWhatIsNoModel() throws IOException {
    Path note = Files.writeString(folder.resolve("note.txt"), "hello");
    Path fake = Files.writeString(folder.resolve("fake.gguf"), "hello");
    Path empty = Files.createDirectories(temp.resolve("empty"));
    assertThatThrownBy(() -> fixture.pull(note.toString())).hasMessageContaining("is not a model");
    assertThatThrownBy(() -> fixture.pull(fake.toString())).hasMessageContaining("not a GGUF file");
    assertThatThrownBy(() -> fixture.pull(empty.toString())).hasMessageContaining("holds no model");
    assertThatThrownBy(() -> fixture.pull(temp.resolve("gone.gguf").toString()))
        .hasMessageContaining("does not exist");
    assertThat(fixture.tree()).isEmpty();
  }

  @Test
  void aFolderInTheWayIsNotTouched() throws IOException {
    Path file = Files.write(folder.resolve("m.gguf"), MODEL);
    Path mine = Files.createDirectories(fixture.models().resolve("m"));
    Files.writeString(mine.resolve("precious.txt"), "mine");
    assertThatThrownBy(() -> fixture.pull(file.toString())).hasMessageContaining("is in the way");
    assertThat(mine).isDirectoryContaining("glob:**/precious.txt");
    assertThat(
            fixture.store().pull(file.toString(), Optional.of("m3"), PullListener.NONE).fetched())
        .isTrue();
    assertThat(fixture.store().contents().models())
        .extracting(InstalledModel::name)
        .isEqualTo(List.of("m3"));
  }
}
