package io.longhaul.cli.store;

import java.time.Duration;
import java.util.Optional;

/** A failure of the network or of a server that may pass. */
final class RetryableException extends Exception {
  private static final long serialVersionUID = 1L;

  private final transient Optional<Duration> retryAfter;

  RetryableException(String message, Optional<Duration> retryAfter, Throwable cause) {
    super(message, cause);
    this.retryAfter = retryAfter;
  }

  RetryableException(String message) {
    this(message, Optional.empty(), null);
  }

  /** What the server asks for. */
  Optional<Duration> retryAfter() {
    return retryAfter;
  }
}
