package io.longhaul.cli.store;

import java.time.Duration;
import java.util.OptionalLong;

/** What happens during {@link Store#pull}, for whoever shows it. */
public sealed interface PullEvent {

  /** Another process pulls the same model; this one waits for it. */
  record Waiting(String model) implements PullEvent {}

  /**
   * Bytes begin to arrive.
   *
   * @param total bytes of the whole model, if known
   * @param done bytes that an earlier, broken pull left
   */
  record Started(String model, String source, OptionalLong total, long done) implements PullEvent {}

  /**
   * Bytes arrive.
   *
   * @param done bytes so far, of {@link Started#total}; falls when a download starts over
   */
  record Progress(long done) implements PullEvent {}

  /** The network failed and the download will go on after a while. */
  record Retrying(String reason, Duration delay) implements PullEvent {}

  /** A source failed and the next one is tried. */
  record SourceFailed(String source, String reason, String next) implements PullEvent {}

  /** All bytes are there; they are unpacked or checked. */
  record Finishing(String model, String what) implements PullEvent {}

  /** The model is in the store. */
  record Finished(InstalledModel model) implements PullEvent {}
}
