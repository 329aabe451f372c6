package io.longhaul.cli;

import io.longhaul.cli.store.PullEvent;
import io.longhaul.cli.store.PullListener;
import io.longhaul.cli.store.Settings;
import io.longhaul.cli.store.Store;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Options of every command that names a model. */
final class PullOptions {
  @Option(names = "--offline", description = "Never use the network.")
  private boolean offline;

  /** Where a model is; one of the catalog is pulled first if it is not in the store. */
  Path resolve(String model, PrintWriter err) {
    Store store = new Store(Settings.from(System.getenv()).withOffline(offline));
    LateProgress progress = new LateProgress(err);
    try {
      return store.resolveOrPull(model, progress);
    } finally {
      progress.end();
    }
  }

  /** Looks at the terminal when there is something to show: mostly the model is in the store. */
  private static final class LateProgress implements PullListener {
    private final PrintWriter err;
    private Optional<PullProgress> shown = Optional.empty();

    LateProgress(PrintWriter err) {
      this.err = err;
    }

    @Override
    public void on(PullEvent event) {
      if (shown.isEmpty()) {
        shown = Optional.of(PullProgress.of(err));
      }
      shown.get().on(event);
    }

    void end() {
      shown.ifPresent(PullProgress::end);
    }
  }
}
