package io.longhaul.engine.model;

/** Hears what a forward pass decides; for tests against other implementations. */
public interface PassObserver {
  /** Hears nothing. */
  PassObserver NONE = new PassObserver() {};

  /**
   * A layer's own indexer chose what a position attends to.
   *
   * @param positions ascending
   */
  default void selected(int layer, int position, int[] positions) {}

  /** The router chose a position's experts, the highest score first. */
  default void routed(int layer, int position, int[] experts, float[] weights) {}
}
