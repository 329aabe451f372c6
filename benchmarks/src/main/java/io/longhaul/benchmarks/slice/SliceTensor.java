package io.longhaul.benchmarks.slice;

import io.longhaul.engine.tensor.TensorType;
import java.util.List;

/**
 * A tensor that is to be written.
 *
 * @param shape the row's length last, as in {@link io.longhaul.engine.tensor.Tensor}
 */
record SliceTensor(String name, TensorType type, List<Long> shape, Values values) {
  /** What its elements are. */
  sealed interface Values {}

  /** All the same; F32 only. */
  record Constant(float value) implements Values {}

  /** Independent, with mean 0 and this standard deviation. */
  record Random(float deviation) implements Values {}

  SliceTensor {
    shape = List.copyOf(shape);
    if (shape.getLast() % type.blockSize() != 0) {
      throw new IllegalArgumentException(
          "%s: rows of %d are no whole blocks of %s".formatted(name, shape.getLast(), type));
    }
  }

  /** A norm's weight. */
  static SliceTensor ones(String name, long length) {
    return new SliceTensor(name, TensorType.F32, List.of(length), new Constant(1));
  }

  /** A bias that does nothing. */
  static SliceTensor zeros(String name, long length) {
    return new SliceTensor(name, TensorType.F32, List.of(length), new Constant(0));
  }

  /** Elements in all. */
  long elements() {
    return shape.stream().mapToLong(Long::longValue).reduce(1, Math::multiplyExact);
  }

  long bytes() {
    return type.bytes(elements());
  }
}
