package io.longhaul.cli.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A store in a temporary folder that does not wait between attempts, and remembers its events. */
final class StoreFixture {
  static final String TOKEN = "hf_tEsTtOkEnThatMustNeverShow";

  final Path home;
  final Map<String, String> environment = new HashMap<>();
  final List<PullEvent> events = new ArrayList<>();
  final List<Duration> waits = new ArrayList<>();
  Catalog catalog = Catalog.ofThisBuild();
  Disk disk = Disk.REAL;
  Duration stall = Duration.ofSeconds(30);

  StoreFixture(Path home, String hub) {
    this.home = home;
    environment.put("LONGHAUL_HOME", home.toString());
    environment.put("HF_ENDPOINT", hub);
    environment.put("PATH", "");
  }

  Backoff backoff() {
    return new Backoff(4, Duration.ofSeconds(1), Duration.ofSeconds(60), waits::add);
  }

  Store store() {
    return new Store(Settings.from(environment), catalog, disk, backoff(), stall);
  }

  PullResult pull(String what) {
    return store().pull(what, Optional.empty(), events::add);
  }

  Path models() {
    return home.resolve("models");
  }

  /** Everything below the models' folder that is no lock, relative to it. */
  List<String> tree() throws IOException {
    if (!Files.exists(models())) {
      return List.of();
    }
    try (var walk = Files.walk(models())) {
      return walk.filter(Files::isRegularFile)
          .map(p -> models().relativize(p).toString().replace('\\', '/'))
          .filter(p -> !p.startsWith(".locks/"))
          .sorted()
          .toList();
    }
  }

  /** The bytes of a model's file. */
  byte[] bytes(String model, String file) throws IOException {
    return Files.readAllBytes(models().resolve(model).resolve(file));
  }

  long lastProgress() {
    return events.stream()
        .filter(PullEvent.Progress.class::isInstance)
        .mapToLong(e -> ((PullEvent.Progress) e).done())
        .reduce((a, b) -> b)
        .orElseThrow();
  }
}
