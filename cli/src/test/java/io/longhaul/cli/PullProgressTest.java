package io.longhaul.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.longhaul.cli.store.InstalledModel;
import io.longhaul.cli.store.ModelFile;
import io.longhaul.cli.store.PullEvent;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class PullProgressTest {
  private static final long SECOND = 1_000_000_000L;

  private final StringWriter err = new StringWriter();
  private long now = 17;

  private PullProgress progress(boolean terminal, int width) {
    return new PullProgress(new PrintWriter(err), terminal, () -> width, () -> now);
  }

  private static final InstalledModel MODEL =
      new InstalledModel(
          "m",
          Path.of("/store/m"),
          "hf:org/m",
          Instant.EPOCH,
          List.of(new ModelFile("m.gguf", 100_000_000, "")));

  private void pull(PullProgress progress) {
    progress.on(new PullEvent.Started("m", "hf:org/m", OptionalLong.of(100_000_000), 20_000_000));
    for (long done = 30_000_000; done <= 100_000_000; done += 10_000_000) {
      now += SECOND;
      progress.on(new PullEvent.Progress(done));
    }
    progress.on(new PullEvent.Finishing("m", "unpacking"));
    progress.on(new PullEvent.Finished(MODEL));
  }

  @Test
  void noTerminalGetsTwoLines() {
    pull(progress(false, 80));
    assertThat(err)
        .hasToString(
            """
            pulling m (100 MB) from hf:org/m, going on after 20.0 MB
            pulled m (100 MB) in 8.0 s, 10.0 MB/s
            """);
  }

  @Test
  void aTerminalGetsALineThatMoves() {
    pull(progress(true, 80));
    List<String> drawn = List.of(err.toString().split("[\r\n]+"));
    assertThat(drawn)
        .contains("m   30%  [########...................]  30.0 MB of 100 MB  10.0 MB/s  0:07 left")
        .anySatisfy(line -> assertThat(line.strip()).isEqualTo("m  unpacking …"));
    assertThat(drawn.getLast()).isEqualTo("pulled m (100 MB) in 8.0 s, 10.0 MB/s");
    assertThat(drawn).allSatisfy(line -> assertThat(line.length()).isLessThan(80));
    assertThat(err.toString()).doesNotContain("\u001b");
  }

  @Test
  void aMessageDoesNotMixWithTheLine() {
    PullProgress progress = progress(true, 40);
    progress.on(new PullEvent.Started("m", "hf:org/m", OptionalLong.of(100), 0));
    now += SECOND;
    progress.on(new PullEvent.Progress(50));
    progress.on(new PullEvent.Retrying("the connection to x broke", Duration.ofSeconds(2)));
    assertThat(err.toString()).endsWith("\rthe connection to x broke; trying again in 0:02\n");
    progress.on(new PullEvent.Waiting("m"));
    assertThat(err.toString()).endsWith("waiting for another longhaul to finish pulling m …\n");
    progress.on(new PullEvent.SourceFailed("pip:p==1", "no pip", "hf:org/m"));
    assertThat(err.toString()).endsWith("pip:p==1 failed (no pip); trying hf:org/m\n");
  }

  @Test
  void theLineFitsAnyWidth() {
    for (int width = 0; width < 200; width++) {
      for (OptionalLong total :
          List.of(OptionalLong.empty(), OptionalLong.of(1_000_000_000_000L))) {
        String line = ProgressLine.render(width, "some-model", 123_456_789, total, 12_345_678.9);
        assertThat(line.length()).isLessThanOrEqualTo(width);
      }
    }
    assertThat(ProgressLine.render(4, "m", 50, OptionalLong.of(100), 0)).isEqualTo("50%");
    assertThat(ProgressLine.render(80, "m", 50, OptionalLong.empty(), 2000))
        .isEqualTo("m  50 B  2.00 kB/s");
    assertThat(ProgressLine.render(30, "m", 0, OptionalLong.of(0), 0)).contains("100%");
    assertThat(ProgressLine.render(50, "model", 50, OptionalLong.of(100), 10))
        .isEqualTo("model   50%  50 B of 100 B  10 B/s  0:05 left");
  }
}
