package io.longhaul.cli;

import io.longhaul.cli.store.Sizes;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.function.LongSupplier;

/** Shows on a terminal how far long work is, and how long it will take; elsewhere nothing. */
final class WorkProgress {
  private final String name;
  private final String unit;
  private final boolean terminal;
  private final StatusLine line;
  private final LongSupplier clock;
  private final long begun;

  /**
   * @param unit what is counted, in the plural
   * @param terminal whether there is one
   * @param clock nanoseconds
   */
  WorkProgress(String name, String unit, boolean terminal, StatusLine line, LongSupplier clock) {
    this.name = name;
    this.unit = unit;
    this.terminal = terminal;
    this.line = line;
    this.clock = clock;
    this.begun = clock.getAsLong();
  }

  /** For this process's standard error. */
  static WorkProgress of(String name, String unit, PrintWriter err) {
    return new WorkProgress(
        name,
        unit,
        StandardFile.ERROR.isTerminal(),
        new StatusLine(err, StandardFile.ERROR::columns),
        System::nanoTime);
  }

  void on(int done, int total) {
    if (!terminal) {
      return;
    }
    String left = "";
    if (done > 0) {
      double nanos = (double) (clock.getAsLong() - begun) / done * (total - done);
      left = ", " + Sizes.time(Duration.ofNanos((long) nanos)) + " left";
    }
    line.draw("%s: %d of %d %s%s".formatted(name, done, total, unit, left));
  }

  /** Erases the line. */
  void end() {
    line.erase();
  }
}
