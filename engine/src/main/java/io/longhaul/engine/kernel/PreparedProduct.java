package io.longhaul.engine.kernel;

import io.longhaul.engine.tensor.FloatMatrix;
import java.lang.foreign.MemorySegment;

/**
 * A product of many tokens that takes its input in a form of its own: each token is brought into it
 * once, and then all rows of weights are multiplied with it. One form is one instance: products
 * that name the same share an input.
 */
public interface PreparedProduct {
  /** Tokens that are prepared together. */
  int tokensAtOnce();

  /** Bytes of the prepared form; its address is to be a multiple of 64. */
  long bytes(int tokens, int columns);

  /**
   * Prepares some tokens.
   *
   * @param firstToken a multiple of {@link #tokensAtOnce}
   * @param tokens how many, that many at most
   */
  void prepare(FloatMatrix x, int firstToken, int tokens, MemorySegment prepared, Scratch scratch);

  /** As {@link Kernels#multiply}, of the prepared tokens. */
  void multiply(
      Weights weights,
      int firstRow,
      int rows,
      MemorySegment prepared,
      int tokens,
      FloatMatrix y,
      Scratch scratch);
}
