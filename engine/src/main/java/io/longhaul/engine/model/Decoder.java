package io.longhaul.engine.model;

import io.longhaul.engine.cache.CacheLayout;
import io.longhaul.engine.cache.KvCache;
import io.longhaul.engine.kernel.Compute;
import io.longhaul.engine.tensor.FloatMatrix;
import io.longhaul.engine.tensor.TensorType;
import java.util.Optional;

/** A decoder-only transformer with its weights: what each architecture's file defines. */
public interface Decoder {
  /** What checkpoints call the architecture. */
  String architecture();

  /** Positions that the model was trained for. */
  int contextLength();

  /** Tokens that the model knows. */
  int vocabSize();

  /** Most tokens that are drafted at once. */
  int MOST_DRAFTS = 5;

  /** Whether there is a layer for multi-token prediction. */
  default boolean canDraft() {
    return false;
  }

  /**
   * What a token takes in the cache.
   *
   * @param drafting whether the layer for multi-token prediction has its share
   */
  CacheLayout cacheLayout(TensorType type, boolean drafting);

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

    /** The layer that drafts, if the model has one. */
    default Optional<Drafting> drafting() {
      return Optional.empty();
    }

    /** Where the time goes. */
    Stages stages();

    /** Has the choices of indexers and routers reported from now on. */
    void observe(PassObserver listener);

    @Override
    void close();
  }

  /** The layer for multi-token prediction, within a pass. */
  interface Drafting {
    /**
     * Shows the draft layer the last forward's tokens, or the first of them, and what followed
     * each. After {@link Pass#logits}: the residual stream is not kept.
     *
     * @param tokens the text; those from {@code from + 1} to {@code from + count} follow
     * @param from the forward's first position
     * @param cache of {@code from + count} tokens
     */
    void follow(int[] tokens, int from, int count, KvCache cache);

    /**
     * Drafts tokens after those that {@link #follow} was shown.
     *
     * @param position of the last token that was shown as following
     * @return what the draft layer holds for most likely, one after the other
     */
    int[] draft(int position, int count, KvCache cache);
  }
}
