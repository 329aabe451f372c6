package io.longhaul.cli.store;

import java.time.Duration;
import java.util.OptionalLong;

/** Sums up the bytes of one pull over all its files, and tells the listener. */
final class Transfer {
  private final PullListener listener;
  private final String model;
  private long done;

  Transfer(PullListener listener, String model) {
    this.listener = listener;
    this.model = model;
  }

  void start(String source, OptionalLong total, long already) {
    done = already;
    listener.on(new PullEvent.Started(model, source, total, already));
  }

  /**
   * Counts bytes.
   *
   * @param bytes arrived, or negative: thrown away
   */
  void add(long bytes) {
    if (bytes != 0) {
      done += bytes;
      listener.on(new PullEvent.Progress(done));
    }
  }

  void retrying(String reason, Duration wait) {
    listener.on(new PullEvent.Retrying(reason, wait));
  }

  void finishing(String what) {
    listener.on(new PullEvent.Finishing(model, what));
  }
}
