package io.longhaul.cli.store;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;

/**
 * Closes a stream that delivers nothing for too long: the JDK's HTTP client bounds the wait for
 * headers, not the wait for the next bytes of a body.
 */
final class StallGuard implements AutoCloseable {
  private final InputStream stream;
  private final Duration limit;
  private final Thread watcher;
  private volatile long lastProgress = System.nanoTime();
  private volatile boolean stalled;

  StallGuard(InputStream stream, Duration limit) {
    this.stream = stream;
    this.limit = limit;
    watcher = Thread.ofVirtual().name("stall-guard").start(this::watch);
  }

  void progressed() {
    lastProgress = System.nanoTime();
  }

  boolean stalled() {
    return stalled;
  }

  private void watch() {
    try {
      while (true) {
        long left = limit.toNanos() - (System.nanoTime() - lastProgress);
        if (left <= 0) {
          stalled = true;
          stream.close();
          return;
        }
        Thread.sleep(Duration.ofNanos(left));
      }
    } catch (InterruptedException done) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      // The reader learns of the stall from the flag; a stream that fails to close adds nothing.
      stalled = true;
    }
  }

  @Override
  public void close() {
    watcher.interrupt();
  }
}
