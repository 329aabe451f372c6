package io.longhaul.engine;

import io.longhaul.engine.model.Decoder;
import io.longhaul.engine.tensor.TensorType;
import java.util.Set;

/**
 * How a session keeps its context.
 *
 * @param contextLength most tokens of prompt and answer together; 0 for the model's own limit
 * @param cacheType of keys and values: F16 or BF16, F32 for twice the memory and no rounding, or
 *     Q8_0 for about half of it
 * @param batchSize most prompt tokens that one forward pass takes
 * @param draftTokens how many tokens the model's layer for multi-token prediction drafts at once, 0
 *     to 5; the text is the same, it may come faster
 */
public record SessionOptions(
    int contextLength, TensorType cacheType, int batchSize, int draftTokens) {
  private static final int DEFAULT_BATCH = 256;
  private static final Set<TensorType> CACHE_TYPES =
      Set.of(TensorType.F16, TensorType.BF16, TensorType.F32, TensorType.Q8_0);

  public SessionOptions {
    if (contextLength < 0) {
      throw new ModelException("contextLength is " + contextLength + ", expected at least 0");
    }
    if (batchSize < 1) {
      throw new ModelException("batchSize is " + batchSize + ", expected at least 1");
    }
    if (draftTokens < 0 || draftTokens > Decoder.MOST_DRAFTS) {
      throw new ModelException(
          "draftTokens is " + draftTokens + ", expected 0 to " + Decoder.MOST_DRAFTS);
    }
    if (batchSize <= draftTokens) {
      throw new ModelException(
          "batchSize is " + batchSize + ", expected more than draftTokens, " + draftTokens);
    }
    if (!CACHE_TYPES.contains(cacheType)) {
      throw new ModelException(
          "cacheType is " + cacheType + ", expected one of F16, BF16, F32, Q8_0");
    }
  }

  /** Without drafts. */
  public SessionOptions(int contextLength, TensorType cacheType, int batchSize) {
    this(contextLength, cacheType, batchSize, 0);
  }

  /** The model's context, a cache in F16. */
  public static SessionOptions defaults() {
    return new SessionOptions(0, TensorType.F16, DEFAULT_BATCH);
  }

  /** Most tokens that a session of this model has. */
  int contextLength(Model model) {
    return contextLength == 0
        ? model.contextLength()
        : Math.min(contextLength, model.contextLength());
  }

  public SessionOptions withContextLength(int value) {
    return new SessionOptions(value, cacheType, batchSize, draftTokens);
  }

  public SessionOptions withCacheType(TensorType value) {
    return new SessionOptions(contextLength, value, batchSize, draftTokens);
  }

  public SessionOptions withBatchSize(int value) {
    return new SessionOptions(contextLength, cacheType, value, draftTokens);
  }

  public SessionOptions withDraftTokens(int value) {
    return new SessionOptions(contextLength, cacheType, batchSize, value);
  }
}
