package io.longhaul.cli;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;

/** Shows on a terminal, with a bar, how many bytes of a file are written; elsewhere nothing. */
final class ByteProgress {
  private static final long REDRAW = Duration.ofMillis(100).toNanos();

  private final String name;
  private final boolean terminal;
  private final IntSupplier width;
  private final StatusLine line;
  private final LongSupplier clock;
  private final long begun;
  private long drawnAt;

  /**
   * @param terminal whether there is one
   * @param width its columns, asked again for each line
   * @param clock nanoseconds
   */
  ByteProgress(
      String name, PrintWriter err, boolean terminal, IntSupplier width, LongSupplier clock) {
    this.name = name;
    this.terminal = terminal;
    this.width = width;
    this.line = new StatusLine(err, width);
    this.clock = clock;
    this.begun = clock.getAsLong();
    this.drawnAt = begun - REDRAW;
  }

  /** For this process's standard error. */
  static ByteProgress of(String name, PrintWriter err) {
    return new ByteProgress(
        name, err, StandardFile.ERROR.isTerminal(), StandardFile.ERROR::columns, System::nanoTime);
  }

  void on(long done, long total) {
    long now = clock.getAsLong();
    if (!terminal || now - drawnAt < REDRAW) {
      return;
    }
    drawnAt = now;
    double perSecond = now - begun < REDRAW ? 0 : done * 1e9 / (now - begun);
    line.draw(
        ProgressLine.render(width.getAsInt() - 1, name, done, OptionalLong.of(total), perSecond));
  }

  /** Erases the line. */
  void end() {
    line.erase();
  }
}
