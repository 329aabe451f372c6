package io.longhaul.cli.store;

/** Hears of the progress of a pull. Called by one thread at a time. */
@FunctionalInterface
public interface PullListener {
  /** Hears nothing. */
  PullListener NONE = event -> {};

  void on(PullEvent event);
}
