package io.longhaul.engine.file;

import io.longhaul.engine.tensor.Tensor;
import io.longhaul.engine.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Tensors to write. */
final class Tensors {
  private Tensors() {}

  /** A tensor of zeros. */
  static Tensor f32(String name, long... shape) {
    List<Long> dimensions = Arrays.stream(shape).boxed().toList();
    long bytes = Shapes.bytes(TensorType.F32, dimensions);
    return new Tensor(
        name, TensorType.F32, dimensions, MemorySegment.ofArray(new byte[Math.toIntExact(bytes)]));
  }

  /** A tensor of random bytes. */
  static Tensor random(String name, TensorType type, List<Long> shape, Random random) {
    var bytes = new byte[Math.toIntExact(Shapes.bytes(type, shape))];
    random.nextBytes(bytes);
    return new Tensor(name, type, shape, MemorySegment.ofArray(bytes));
  }
}
