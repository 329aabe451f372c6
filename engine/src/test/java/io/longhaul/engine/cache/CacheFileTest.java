package io.longhaul.engine.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.longhaul.engine.ModelException;
import io.longhaul.engine.cache.CacheLayout.Plane;
import io.longhaul.engine.tensor.TensorType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CacheFileTest {
  private static final CacheLayout SMALL = SavedCaches.SMALL;
  private static final ModelIdentity MODEL = SavedCaches.MODEL;
  private static final int CONTEXT = 1000;
  private static final int VOCABULARY = 500;

  @TempDir Path folder;

  record Case(CacheLayout layout, int length) {}

  static List<Case> cases() {
    List<CacheLayout> layouts = new ArrayList<>();
    for (TensorType type :
        List.of(TensorType.F32, TensorType.F16, TensorType.BF16, TensorType.Q8_0)) {
      layouts.add(CacheLayout.groupedQuery(2, 2, 32, type));
      layouts.add(
          new CacheLayout(
              List.of(Plane.rows(1, 64, type), Plane.columns(3, type), Plane.rows(1, 64, type))));
    }
    List<Case> cases = new ArrayList<>();
    for (CacheLayout layout : layouts) {
      for (int length : new int[] {0, 1, 127, 128, 129, 300}) {
        cases.add(new Case(layout, length));
      }
    }
    return cases;
  }

  @ParameterizedTest
  @MethodSource("cases")
  void whatIsReadIsWhatWasWritten(Case c) throws IOException {
    Path file = folder.resolve("session");
    int[] tokens = SavedCaches.tokens(c.length);
    try (KvCache cache = SavedCaches.filled(c.layout, c.length, 1)) {
      CacheFile.write(file, MODEL, tokens, cache);
      CacheFile.Content read = CacheFile.read(file, MODEL, c.layout, CONTEXT, VOCABULARY);
      try (KvCache copy = read.cache()) {
        assertThat(read.tokens()).containsExactly(tokens);
        assertThat(copy.length()).isEqualTo(c.length);
        assertThat(SavedCaches.pages(copy)).isEqualTo(SavedCaches.pages(cache));
      }
    }
    assertThat(names()).containsExactly("session");
  }

  @Test
  void aLongCacheIsAsLongAsItsPages() throws IOException {
    CacheLayout layout = CacheLayout.groupedQuery(16, 8, 128, TensorType.F32);
    Path file = folder.resolve("session");
    try (KvCache cache = SavedCaches.filled(layout, 200, 1)) {
      CacheFile.write(file, MODEL, SavedCaches.tokens(200), cache);
      // Two pages, each of many pieces of the writer.
      assertThat(Files.size(file)).isBetween(2 * 16_777_216L, 2 * 16_777_216L + 5000);
      try (KvCache copy = CacheFile.read(file, MODEL, layout, 200, VOCABULARY).cache()) {
        assertThat(SavedCaches.pages(copy)).isEqualTo(SavedCaches.pages(cache));
      }
    }
  }

  @Test
  void theFileSaysNothingOfWhatTheSessionHasForgotten() throws IOException {
    for (CacheLayout layout : cases().stream().map(Case::layout).distinct().toList()) {
      try (KvCache cache = SavedCaches.filled(layout, 140, 1);
          KvCache longer = SavedCaches.filled(layout, 140, 1)) {
        SavedCaches.append(longer, 60, 2);
        longer.truncate(140);
        Path one = folder.resolve("one");
        Path other = folder.resolve("other");
        CacheFile.write(one, MODEL, SavedCaches.tokens(140), cache);
        CacheFile.write(other, MODEL, SavedCaches.tokens(200), longer);
        assertThat(other).hasSameBinaryContentAs(one);
      }
    }
  }

  @Test
  void aFileIsReplaced() throws IOException {
    Path file = folder.resolve("session");
    for (int length : new int[] {300, 5}) {
      try (KvCache cache = SavedCaches.filled(SMALL, length, 1)) {
        CacheFile.write(file, MODEL, SavedCaches.tokens(length), cache);
      }
    }
    try (KvCache read = CacheFile.read(file, MODEL, SMALL, CONTEXT, VOCABULARY).cache()) {
      assertThat(read.length()).isEqualTo(5);
    }
    assertThat(names()).containsExactly("session");
  }

  @Test
  void anotherModelIsRefusedByName() throws IOException {
    Path file = saved(10);
    ModelIdentity other = new ModelIdentity("b.gguf (llama)", "cd".repeat(32));
    assertThatThrownBy(() -> CacheFile.read(file, other, SMALL, CONTEXT, VOCABULARY))
        .isInstanceOf(ModelException.class)
        .hasMessage(
            file
                + ": was saved with another model, a.gguf (llama) with the fingerprint"
                + " abababababab; this one is b.gguf (llama) with cdcdcdcdcdcd. Load it with that"
                + " model, or compute the text anew");
  }

  @Test
  void anotherCacheTypeIsNamed() throws IOException {
    Path file = saved(10);
    for (TensorType type : List.of(TensorType.F32, TensorType.BF16)) {
      CacheLayout layout = CacheLayout.groupedQuery(1, 1, 2, type);
      assertThatThrownBy(() -> CacheFile.read(file, MODEL, layout, CONTEXT, VOCABULARY))
          .isInstanceOf(ModelException.class)
          .hasMessage(
              "%s: the cache type is F16, this session's is %s; load it with cache type F16"
                  .formatted(file, type));
    }
  }

  @Test
  void anotherLayoutIsRefused() throws IOException {
    Path file = saved(10);
    assertRefused(
        file,
        CacheLayout.groupedQuery(2, 1, 2, TensorType.F16),
        "the cache has 2 planes, the model's have 4");
    assertRefused(
        file,
        CacheLayout.groupedQuery(1, 1, 4, TensorType.F16),
        "plane 0 has 1 × 2 F16 in rows, the model's has 1 × 4 F16 in rows");
    assertRefused(
        file,
        new CacheLayout(
            List.of(Plane.rows(1, 2, TensorType.F16), Plane.columns(2, TensorType.F16))),
        "plane 1 has 1 × 2 F16 in rows, the model's has 1 × 2 F16 in columns");
  }

  @Test
  void aSessionLongerThanTheContextIsRefused() throws IOException {
    Path file = saved(10);
    assertThatThrownBy(() -> CacheFile.read(file, MODEL, SMALL, 9, VOCABULARY))
        .isInstanceOf(ModelException.class)
        .hasMessage(
            file
                + ": the session has 10 tokens, but the context holds 9; raise the context length");
  }

  @Test
  void anotherVersionIsNamed() throws IOException {
    Path file = saved(10);
    byte[] bytes = Files.readAllBytes(file);
    bytes[8] = 2;
    Files.write(file, bytes);
    assertRefused(file, SMALL, "version is 2, expected 1");
  }

  @Test
  void otherFilesAndNoFilesAreRefused() throws IOException {
    Path file = Files.writeString(folder.resolve("text"), "This is not a session, but a text.");
    assertRefused(file, SMALL, "does not begin as a saved session does, but with the bytes 54 68");
    Files.write(file, new byte[0]);
    assertRefused(file, SMALL, "the file has 0 bytes, too few for a saved session");
    assertRefused(folder.resolve("nothing"), SMALL, "no such file");
    assertRefused(folder, SMALL, "is not a regular file");
  }

  @Test
  void aCutAtEveryPlaceIsRefused() throws IOException {
    Path file = saved(140);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      for (long length = channel.size() - 1; length >= 0; length--) {
        channel.truncate(length);
        assertRefused(file, SMALL, length < 160 ? "" : "it is cut short");
      }
    }
  }

  @Test
  void whatFollowsTheEndIsRefused() throws IOException {
    Path file = saved(140);
    byte[] whole = Files.readAllBytes(file);
    for (int more : new int[] {1, 4, 4096}) {
      Files.write(file, Arrays.copyOf(whole, whole.length + more));
      assertRefused(
          file,
          SMALL,
          "the session ends at byte %d, but the file has %d"
              .formatted(whole.length, whole.length + more));
    }
  }

  @Test
  void aTokenOutsideTheVocabularyIsRefused() throws IOException {
    Path file = folder.resolve("session");
    try (KvCache cache = SavedCaches.filled(SMALL, 3, 1)) {
      CacheFile.write(file, MODEL, new int[] {1, VOCABULARY, 2}, cache);
    }
    assertRefused(file, SMALL, "token 1 is 500, not in the model's vocabulary of 500");
    try (KvCache cache = SavedCaches.filled(SMALL, 3, 1)) {
      CacheFile.write(file, MODEL, new int[] {1, 2, -1}, cache);
    }
    assertRefused(file, SMALL, "token 2 is 4294967295, not in the model's vocabulary of 500");
  }

  @Test
  void whatCannotBeWrittenSaysWhy() throws IOException {
    try (KvCache cache = SavedCaches.filled(SMALL, 3, 1)) {
      int[] tokens = SavedCaches.tokens(3);
      assertThatThrownBy(() -> CacheFile.write(folder, MODEL, tokens, cache))
          .isInstanceOf(ModelException.class)
          .hasMessage(folder + ": is a folder, expected the name of a file");
      Path nowhere = folder.resolve("nothing/session");
      assertThatThrownBy(() -> CacheFile.write(nowhere, MODEL, tokens, cache))
          .isInstanceOf(ModelException.class)
          .hasMessageStartingWith(nowhere + ": the session cannot be written: ");
    }
    assertThat(names()).isEmpty();
  }

  @Test
  void aNameOfTheFileIsShownOnOneLine() throws IOException {
    Path file = folder.resolve("session");
    String name = "evil\n\u001b[2J" + "x".repeat(5000);
    try (KvCache cache = SavedCaches.filled(SMALL, 3, 1)) {
      CacheFile.write(file, new ModelIdentity(name, "ef".repeat(32)), SavedCaches.tokens(3), cache);
    }
    assertThatThrownBy(() -> CacheFile.read(file, MODEL, SMALL, CONTEXT, VOCABULARY))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("evil\\n\\u001b[2Jxxx")
        .satisfies(e -> assertThat(e.getMessage().length()).isLessThan(600));
  }

  private Path saved(int length) throws IOException {
    Path file = folder.resolve("session");
    Files.write(file, SavedCaches.file(folder, SMALL, length));
    return file;
  }

  private static void assertRefused(Path file, CacheLayout layout, String why) {
    assertThatThrownBy(() -> CacheFile.read(file, MODEL, layout, CONTEXT, VOCABULARY))
        .isInstanceOf(ModelException.class)
        .hasMessageStartingWith(file + ": ")
        .hasMessageContaining(why);
  }

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }

  @Test
  void pagesHandedOutAreThoseOfTheCacheWhereTheyAreFull() throws IOException {
    try (KvCache cache = SavedCaches.filled(SMALL, 256, 1)) {
      List<MemorySegment> handedOut = new ArrayList<>();
      cache.writePage(0, handedOut::add);
      cache.writePage(1, handedOut::add);
      assertThat(handedOut.getFirst()).isSameAs(cache.keyValues(0).pages().getFirst());
      assertThat(handedOut.getLast()).isSameAs(cache.keyValues(0).pages().getLast());
    }
  }
}
