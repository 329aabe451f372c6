package io.longhaul.engine.convert;

import io.longhaul.engine.tensor.TensorType;
import java.util.List;

/**
 * How a checkpoint is converted.
 *
 * @param type of the matrices, one of {@link #TYPES}
 * @param replace whether a file that is there already is replaced
 * @param threads that encode together
 */
public record ConversionOptions(TensorType type, boolean replace, int threads) {
  /** The types that a file can be asked for in. */
  public static final List<TensorType> TYPES =
      List.of(
          TensorType.F32,
          TensorType.F16,
          TensorType.BF16,
          TensorType.Q8_0,
          TensorType.Q4_0,
          TensorType.Q4_K,
          TensorType.Q6_K);

  public ConversionOptions {
    if (!TYPES.contains(type)) {
      throw new IllegalArgumentException("type is " + type + ", expected one of " + TYPES);
    }
    if (threads < 1) {
      throw new IllegalArgumentException("threads is " + threads + ", expected at least 1");
    }
  }

  /** All processors, no file replaced. */
  public static ConversionOptions of(TensorType type) {
    return new ConversionOptions(type, false, Runtime.getRuntime().availableProcessors());
  }

  public ConversionOptions withReplace(boolean otherReplace) {
    return new ConversionOptions(type, otherReplace, threads);
  }

  public ConversionOptions withThreads(int otherThreads) {
    return new ConversionOptions(type, replace, otherThreads);
  }
}
