package io.longhaul.engine.convert;

import io.longhaul.engine.tensor.TensorType;
import java.util.List;

/**
 * A tensor of the GGUF file to be.
 *
 * @param shape outermost dimension first
 */
record PlannedTensor(String name, TensorType type, List<Long> shape, RowSource source) {
  PlannedTensor {
    shape = List.copyOf(shape);
  }

  int columns() {
    return Math.toIntExact(shape.getLast());
  }

  long elements() {
    return shape.stream().reduce(1L, Math::multiplyExact);
  }

  long rows() {
    return elements() / columns();
  }

  long rowBytes() {
    return type.bytes(columns());
  }
}
