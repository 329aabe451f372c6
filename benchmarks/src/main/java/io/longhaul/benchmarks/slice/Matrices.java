package io.longhaul.benchmarks.slice;

import io.longhaul.engine.tensor.TensorType;
import java.util.Arrays;
import java.util.List;

/**
 * Makes random matrices of one weight type whose outputs have {@code gain} times the deviation of
 * their inputs, so that activations neither explode nor die from layer to layer.
 */
record Matrices(TensorType type, double gain) {
  /** Weights, of the shape {@code dimensions}: rows of the last of them. */
  SliceTensor matrix(String name, long... dimensions) {
    long columns = dimensions[dimensions.length - 1];
    return random(name, typeFor(columns), gain / Math.sqrt((double) columns), dimensions);
  }

  /** As {@link #matrix}, in F32, which routers stay in. */
  SliceTensor exactMatrix(String name, long... dimensions) {
    long columns = dimensions[dimensions.length - 1];
    return random(name, TensorType.F32, gain / Math.sqrt((double) columns), dimensions);
  }

  /** Rows that are looked up, of deviation 1. */
  SliceTensor embedding(String name, long rows, long columns) {
    return random(name, typeFor(columns), 1, rows, columns);
  }

  /**
   * Rows that do not consist of whole blocks (the 192 columns of {@code attn_k_b} in Q4_K) are
   * Q8_0, as in published files.
   */
  private TensorType typeFor(long columns) {
    return columns % type.blockSize() == 0 ? type : TensorType.Q8_0;
  }

  private static SliceTensor random(
      String name, TensorType type, double deviation, long... dimensions) {
    List<Long> shape = Arrays.stream(dimensions).boxed().toList();
    return new SliceTensor(name, type, shape, new SliceTensor.Random((float) deviation));
  }
}
