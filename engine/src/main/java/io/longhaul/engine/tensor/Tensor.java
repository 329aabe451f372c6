package io.longhaul.engine.tensor;

import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * A named tensor of a model file: a typed view of mapped bytes, nothing copied.
 *
 * @param shape outermost dimension first (rows before columns), whatever order the file uses
 * @param data exactly the tensor's bytes
 */
public record Tensor(String name, TensorType type, List<Long> shape, MemorySegment data) {
  public Tensor {
    shape = List.copyOf(shape);
  }

  /** The product of the shape. */
  public long elements() {
    return shape.stream().reduce(1L, Math::multiplyExact);
  }
}
