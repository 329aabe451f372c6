package io.longhaul.engine.model;

import io.longhaul.engine.cache.CacheLayout;
import io.longhaul.engine.cache.KvCache;
import io.longhaul.engine.kernel.Compute;
import io.longhaul.engine.tensor.FloatMatrix;
import io.longhaul.engine.tensor.TensorType;

/** A decoder-only transformer with its weights: what each architecture's file defines. */
public interface Decoder {
  /** What checkpoints call the architecture. */
  String architecture();

  /** Positions that the model was trained for. */
  int contextLength();

  /** Tokens that the model knows. */
  int vocabSize();

  /** What a token's keys and values take, with elements of the given type. */
  CacheLayout cacheLayout(TensorType type);

  /**
   * The work buffers for passes of up to {@code maxTokens} tokens. One thread at a time may use
   * them.
   */
  Pass newPass(Compute compute, int maxTokens);

  /** The forward pass over a few tokens at a time. */
  interface Pass extends AutoCloseable {
    /**
     * Runs tokens {@code from} to {@code from + count - 1} at the positions after those in the
     * cache, and adds their keys and values to it.
     */
    void forward(int[] tokens, int from, int count, KvCache cache);

    /**
     * The logits after some of the last forward's tokens.
     *
     * @param firstRow 0 is the forward's first token
     * @param logits its rows 0 to {@code count - 1} of vocabSize floats receive them
     */
    void logits(int firstRow, int count, FloatMatrix logits);

    /** Where the time goes. */
    Stages stages();

    /** Has the choices of indexers and routers reported from now on. */
    void observe(PassObserver listener);

    @Override
    void close();
  }
}
