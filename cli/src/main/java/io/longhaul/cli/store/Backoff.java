package io.longhaul.cli.store;

import java.time.Duration;
import java.util.Optional;

/**
 * How often and how patiently a failed request is tried again.
 *
 * @param attempts in a row without progress
 * @param first the wait after the first failure; it doubles with each further one
 * @param longest the bound of every wait, also of those that a server asks for
 */
record Backoff(int attempts, Duration first, Duration longest, Sleeper sleeper) {

  static final Backoff PATIENT =
      new Backoff(6, Duration.ofSeconds(1), Duration.ofSeconds(60), Thread::sleep);

  @FunctionalInterface
  interface Sleeper {
    void sleep(Duration duration) throws InterruptedException;
  }

  /**
   * The wait before the next attempt.
   *
   * @param failures so far, at least 1
   * @param asked what the server's Retry-After says
   */
  Duration delay(int failures, Optional<Duration> asked) {
    Duration own = first.multipliedBy(1L << Math.min(failures - 1, 20));
    Duration wait = asked.orElse(own);
    return wait.compareTo(longest) > 0 ? longest : wait;
  }
}
