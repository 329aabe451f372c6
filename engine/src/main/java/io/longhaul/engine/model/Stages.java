package io.longhaul.engine.model;

import java.util.EnumMap;
import java.util.Map;

/** Where the time of forward passes goes: a stop watch that always runs for one of the stages. */
public final class Stages {
  /** A kind of work. */
  public enum Stage {
    /** Between passes: not counted. */
    IDLE,
    /** Everything that is not one of the others: norms, embedding, head, dense blocks. */
    REST,
    /** The projections of attention and indexer, absorbed ones included. */
    PROJECTIONS,
    /** The indexer's scores of all cached keys. */
    INDEXER_SCORES,
    /** The choice of the positions with the highest scores. */
    SELECTION,
    /** Attention over the selected rows. */
    ATTENTION,
    /** Router and experts. */
    EXPERTS,
    /** What drafting tokens takes beyond a layer's own stages. */
    DRAFTS
  }

  private final Map<Stage, Long> nanos = new EnumMap<>(Stage.class);
  private Stage current = Stage.IDLE;
  private long since = System.nanoTime();

  /** What follows belongs to another stage. */
  void enter(Stage stage) {
    long now = System.nanoTime();
    nanos.merge(current, now - since, Long::sum);
    since = now;
    current = stage;
  }

  /** Nanoseconds of each stage so far. */
  public Map<Stage, Long> nanos() {
    Map<Stage, Long> result = new EnumMap<>(nanos);
    result.remove(Stage.IDLE);
    return result;
  }
}
