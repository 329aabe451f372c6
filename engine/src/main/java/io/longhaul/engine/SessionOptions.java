package io.longhaul.engine;

import io.longhaul.engine.tensor.TensorType;
import java.util.Set;

/**
 * How a session keeps its context.
 *
 * @param contextLength most tokens of prompt and answer together; 0 for the model's own limit
 * @param cacheType of keys and values: F16 or BF16, F32 for twice the memory and no rounding, or
 *     Q8_0 for about half of it
 * @param batchSize most prompt tokens that one forward pass takes
 */
public record SessionOptions(int contextLength, TensorType cacheType, int batchSize) {
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
    if (!CACHE_TYPES.contains(cacheType)) {
      throw new ModelException(
          "cacheType is " + cacheType + ", expected one of F16, BF16, F32, Q8_0");
    }
  }

  /** The model's context, a cache in F16. */
  public static SessionOptions defaults() {
    return new SessionOptions(0, TensorType.F16, DEFAULT_BATCH);
  }

  public SessionOptions withContextLength(int value) {
    return new SessionOptions(value, cacheType, batchSize);
  }

  public SessionOptions withCacheType(TensorType value) {
    return new SessionOptions(contextLength, value, batchSize);
  }

  public SessionOptions withBatchSize(int value) {
    return new SessionOptions(contextLength, cacheType, value);
  }
}
