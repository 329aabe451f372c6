package io.longhaul.cli;

import io.longhaul.cli.store.Settings;
import io.longhaul.cli.store.Store;
import java.io.PrintWriter;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** Options of every command that names a model. */
final class PullOptions {
  @Option(names = "--offline", description = "Never use the network.")
  private boolean offline;

  /** Where a model is; one of the catalog is pulled first if it is not in the store. */
  Path resolve(String model, PrintWriter err) {
    Store store = new Store(Settings.from(System.getenv()).withOffline(offline));
    PullProgress progress = PullProgress.of(err);
    try {
      return store.resolveOrPull(model, progress);
    } finally {
      progress.end();
    }
  }
}
