package io.longhaul.cli.store;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** One way to bring a model's files into a staging folder. */
interface Fetch {

  /**
   * What a fetch may use.
   *
   * @param pinned what the catalog demands of the model's one file
   * @param download bytes that the catalog expects over the network, 0 if unknown
   * @param staging opens the folder for a version of the source
   */
  record Context(
      Settings settings,
      Disk disk,
      Backoff backoff,
      Duration stall,
      Optional<ModelFile> pinned,
      long download,
      Function<String, Staging> staging,
      Transfer transfer) {}

  /** Finished files in the staging folder that holds them. */
  record Fetched(Staging staging, List<ModelFile> files) {}

  /**
   * Brings all files, checked.
   *
   * @throws StoreException if the source cannot give the model
   */
  Fetched fetch() throws InterruptedException;
}
