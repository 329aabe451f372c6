package io.longhaul.engine.file;

import io.longhaul.engine.tensor.TensorType;
import java.util.List;

/** The arithmetic of shapes that come out of a file and may be anything. */
final class Shapes {
  private Shapes() {}

  /**
   * The bytes of a tensor of this shape.
   *
   * @param shape outermost first, no dimension negative
   * @throws ArithmeticException if the elements or bytes overflow 63 bits
   */
  static long bytes(TensorType type, List<Long> shape) {
    long elements = 1;
    for (long dimension : shape) {
      elements = Math.multiplyExact(elements, dimension);
    }
    return type.bytes(elements);
  }

  /** The length of a row: the innermost dimension, 1 for a scalar. */
  static long row(List<Long> shape) {
    return shape.isEmpty() ? 1 : shape.getLast();
  }
}
