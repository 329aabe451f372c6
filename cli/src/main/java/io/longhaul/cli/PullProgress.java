package io.longhaul.cli;

import io.longhaul.cli.store.PullEvent;
import io.longhaul.cli.store.PullListener;
import io.longhaul.cli.store.Sizes;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.OptionalLong;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;

/**
 * Shows a pull on the terminal: one line that is rewritten in place. Where the output is no
 * terminal, it is one line at the start and one at the end, and no control character.
 */
final class PullProgress implements PullListener {
  private static final long REDRAW = Duration.ofMillis(100).toNanos();

  /** The speed is that of the last seconds: it follows the line, and a pause shows. */
  private static final long WINDOW = Duration.ofSeconds(5).toNanos();

  private record Sample(long nanos, long bytes) {}

  private final PrintWriter err;
  private final boolean terminal;
  private final IntSupplier width;
  private final StatusLine status;
  private final LongSupplier clock;

  private final Deque<Sample> samples = new ArrayDeque<>();
  private String model = "";
  private OptionalLong total = OptionalLong.empty();
  private long begun;
  private long before;
  private long done;
  private long drawnAt;

  /**
   * @param terminal whether {@code err} is one
   * @param width its columns, asked again for each line
   * @param clock nanoseconds
   */
  PullProgress(PrintWriter err, boolean terminal, IntSupplier width, LongSupplier clock) {
    this.err = err;
    this.terminal = terminal;
    this.width = width;
    this.status = new StatusLine(err, width);
    this.clock = clock;
  }

  /** For this process's standard error. */
  static PullProgress of(PrintWriter err) {
    return new PullProgress(
        err, StandardFile.ERROR.isTerminal(), StandardFile.ERROR::columns, System::nanoTime);
  }

  @Override
  public void on(PullEvent event) {
    switch (event) {
      case PullEvent.Waiting(String name) ->
          line("waiting for another longhaul to finish pulling " + name + " …");
      case PullEvent.Started started -> started(started);
      case PullEvent.Progress(long bytes) -> progress(bytes);
      case PullEvent.Retrying(String reason, Duration delay) ->
          line(reason + "; trying again in " + Sizes.time(delay));
      case PullEvent.SourceFailed(String source, String reason, String next) ->
          line(source + " failed (" + reason + "); trying " + next);
      case PullEvent.Finishing(String _, String what) -> {
        if (terminal) {
          status.draw(model + "  " + what + " …");
        }
      }
      case PullEvent.Finished finished -> finished(finished);
    }
    err.flush();
  }

  private void started(PullEvent.Started started) {
    model = started.model();
    total = started.total();
    begun = clock.getAsLong();
    before = started.done();
    done = before;
    samples.clear();
    samples.add(new Sample(begun, done));
    String size = total.isPresent() ? " (" + Sizes.bytes(total.getAsLong()) + ")" : "";
    String rest = before > 0 ? ", going on after " + Sizes.bytes(before) : "";
    line("pulling " + model + size + " from " + started.source() + rest);
  }

  private void progress(long bytes) {
    done = bytes;
    long now = clock.getAsLong();
    if (!terminal || now - drawnAt < REDRAW) {
      return;
    }
    if (bytes < samples.getLast().bytes()) {
      samples.clear();
    }
    samples.addLast(new Sample(now, bytes));
    while (samples.size() > 2 && now - samples.getFirst().nanos() > WINDOW) {
      samples.removeFirst();
    }
    drawnAt = now;
    status.draw(ProgressLine.render(width.getAsInt() - 1, model, done, total, speed()));
  }

  private double speed() {
    Sample first = samples.getFirst();
    Sample last = samples.getLast();
    long nanos = last.nanos() - first.nanos();
    return nanos < REDRAW ? 0 : (last.bytes() - first.bytes()) * 1e9 / nanos;
  }

  private void finished(PullEvent.Finished finished) {
    double seconds = (clock.getAsLong() - begun) / 1e9;
    long arrived = Math.max(0, done - before);
    String speed =
        arrived > 0 && seconds > 0 ? ", " + Sizes.bytes((long) (arrived / seconds)) + "/s" : "";
    line(
        "pulled %s (%s) in %.1f s%s"
            .formatted(
                finished.model().name(), Sizes.bytes(finished.model().size()), seconds, speed));
  }

  /** Ends the line that is being rewritten, if there is one, so that an error starts a new one. */
  void end() {
    status.erase();
    err.flush();
  }

  private void line(String text) {
    status.erase();
    err.println(text);
  }
}
