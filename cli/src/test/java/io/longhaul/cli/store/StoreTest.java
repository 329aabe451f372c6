package io.longhaul.cli.store;

import static io.longhaul.cli.store.HubServer.gguf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Names, paths, damage and removal. */
class StoreTest {
  @TempDir Path temp;
  private StoreFixture fixture;
  private Store store;

  @BeforeEach
  void prepare() throws IOException {
    fixture = new StoreFixture(temp.resolve("home"), "http://127.0.0.1:9");
    store = fixture.store();
  }

  private Path install(String name) throws IOException {
    Path file = Files.write(temp.resolve(name + ".gguf"), gguf(1000, name.hashCode()));
    return store.pull(file.toString(), Optional.of(name), PullListener.NONE).model().path();
  }

  @Test
  void aPathComesBeforeAName() throws IOException {
    Path stored = install("mine");
    assertThat(store.resolve("mine")).isEqualTo(stored);
    Path file = Files.write(temp.resolve("x.gguf"), gguf(10, 1));
    assertThat(store.resolve(file.toString())).isEqualTo(file);
  }

  @Test
  void aCatalogNameAsksToBePulled() {
    assertThatThrownBy(() -> store.resolve("smollm2-135m"))
        .isInstanceOf(NotPulledException.class)
        .hasMessage("smollm2-135m is not here yet (98.4 MB): run `longhaul pull smollm2-135m`")
        .extracting(e -> ((NotPulledException) e).model())
        .isEqualTo("smollm2-135m");
    fixture.environment.put("LONGHAUL_OFFLINE", "1");
    assertThatThrownBy(() -> fixture.store().resolveOrPull("smollm2-135m", PullListener.NONE))
        .hasMessageContaining("--offline");
  }

  @Test
  void anUnknownNameListsTheKnownAndTheClose() throws IOException {
    install("my-model");
    assertThatThrownBy(() -> store.resolve("smolm2-135m"))
        .hasMessageContaining("did you mean smollm2-135m?")
        .hasMessageContaining("gemma3-270m, my-model, smollm2-135m");
    assertThatThrownBy(() -> store.resolve("qwertyuiop"))
        .hasMessageNotContaining("did you mean")
        .hasMessageContaining("known are gemma3-270m, my-model, smollm2-135m");
    assertThatThrownBy(() -> store.resolve("some/where.gguf"))
        .hasMessageContaining("some/where.gguf does not exist");
    assertThatThrownBy(() -> store.resolve("../../etc")).isInstanceOf(StoreException.class);
    assertThatThrownBy(() -> store.resolve("")).isInstanceOf(StoreException.class);
    assertThatThrownBy(() -> store.resolve("a\0b")).isInstanceOf(StoreException.class);
  }

  @Test
  void damageIsFoundAndSaysWhatToDo() throws IOException {
    Path file = install("m");
    // A write in place would reach the original through the hard link; this is a shorter file.
    Files.delete(file);
    Files.write(file, new byte[10]);
    assertThatThrownBy(() -> store.resolve("m"))
        .hasMessageContaining("has 10 bytes and should have 1000")
        .hasMessageContaining("`longhaul rm m`");
    Files.delete(file);
    assertThatThrownBy(() -> store.resolve("m")).hasMessageContaining("cannot be read");
    for (String manifest :
        List.of(
            "",
            "{",
            "{}",
            "{\"files\": 3}",
            "{\"files\": [{\"name\": \"../x\", \"size\": 1, \"sha256\": \"\"}]}",
            "{\"files\": [], \"pulled\": \"yesterday\", \"source\": \"x\"}")) {
      Files.writeString(fixture.models().resolve("m/model.json"), manifest);
      assertThatThrownBy(() -> store.resolve("m"))
          .hasMessageContaining("model.json is damaged")
          .hasMessageContaining("`longhaul rm m`");
    }
    install("good");
    Contents contents = store.contents();
    assertThat(contents.models()).extracting(InstalledModel::name).containsExactly("good");
    assertThat(contents.problems()).singleElement().asString().contains("model.json is damaged");
    assertThat(store.remove("m")).isPositive();
    assertThat(store.contents().problems()).isEmpty();
  }

  @Test
  void removesAModelAndItsUnfinishedPull() throws IOException {
    install("m");
    assertThat(store.remove("m")).isGreaterThan(1000);
    assertThat(fixture.tree()).isEmpty();
    assertThatThrownBy(() -> store.remove("m")).hasMessageContaining("no model is named \"m\"");
    assertThatThrownBy(() -> store.remove("smollm2-135m"))
        .hasMessageContaining("there is nothing to remove");
    Staging staging = Staging.open(fixture.models(), "half", "key");
    Files.write(staging.parts().resolve("x.part"), new byte[500]);
    assertThat(store.contents().unfinished()).containsExactly(new Contents.Unfinished("half", 500));
    assertThat(store.remove("half")).isEqualTo(500);
    assertThat(store.contents().unfinished()).isEmpty();
    for (String bad : List.of("..", "../x", ".staging", ".locks", "a/b", "")) {
      assertThatThrownBy(() -> store.remove(bad)).hasMessageContaining("cannot name a model");
    }
  }

  @Test
  void anEmptyStoreIsEmpty() {
    assertThat(store.contents()).isEqualTo(new Contents(List.of(), List.of(), List.of()));
  }

  @Test
  void threadsOfOneProcessWaitForEachOther() throws Exception {
    Path file = Files.write(temp.resolve("t.gguf"), gguf(1000, 1));
    List<PullResult> results = Collections.synchronizedList(new ArrayList<>());
    CountDownLatch held = new CountDownLatch(1);
    CountDownLatch waiting = new CountDownLatch(1);
    PullListener slow =
        event -> {
          if (event instanceof PullEvent.Started) {
            held.countDown();
            await(waiting);
          }
        };
    PullListener other =
        event -> {
          if (event instanceof PullEvent.Waiting) {
            waiting.countDown();
          }
        };
    Thread first =
        Thread.ofVirtual()
            .start(() -> results.add(store.pull(file.toString(), Optional.empty(), slow)));
    await(held);
    results.add(store.pull(file.toString(), Optional.empty(), other));
    first.join();
    assertThat(results).extracting(PullResult::fetched).containsExactlyInAnyOrder(true, false);
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
