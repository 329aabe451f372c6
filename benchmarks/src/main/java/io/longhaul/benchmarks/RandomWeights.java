package io.longhaul.benchmarks;

import io.longhaul.engine.kernel.BlockScales;
import io.longhaul.engine.kernel.Weights;
import io.longhaul.engine.tensor.Tensor;
import io.longhaul.engine.tensor.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * Matrices of random bytes, whatever their type: kernels take as long for them as for a model's.
 */
final class RandomWeights {
  private static final int ALIGNMENT = 64;
  private static final int FP8_BLOCK = 128;

  private RandomWeights() {}

  /** Types that kernels multiply with and models come in. */
  static List<TensorType> types() {
    return Arrays.stream(TensorType.values())
        .filter(type -> type.isWeight() && type != TensorType.F64)
        .toList();
  }

  /** Random bytes, a whole number of longs. */
  static MemorySegment bytes(long count, Arena arena, SplittableRandom random) {
    MemorySegment data = arena.allocate(count, ALIGNMENT);
    for (long at = 0; at < count; at += Long.BYTES) {
      data.set(ValueLayout.JAVA_LONG, at, random.nextLong());
    }
    return data;
  }

  /** As many matrices as the memory holds, one after the other. */
  static List<Weights> fill(
      MemorySegment memory, TensorType type, int rows, int columns, Arena arena) {
    long bytes = type.bytes((long) rows * columns);
    List<Weights> matrices = new ArrayList<>();
    for (long at = 0;
        at + bytes <= memory.byteSize();
        at += Math.ceilDiv(bytes, ALIGNMENT) * ALIGNMENT) {
      MemorySegment data = memory.asSlice(at, bytes);
      matrices.add(
          new Weights(
              type.name(), type, rows, columns, data, scales(type, rows, columns, data, arena)));
    }
    return matrices;
  }

  private static Optional<BlockScales> scales(
      TensorType type, int rows, int columns, MemorySegment data, Arena arena) {
    if (type != TensorType.F8_E4M3) {
      return Optional.empty();
    }
    long down = Math.ceilDiv(rows, FP8_BLOCK);
    long across = Math.ceilDiv(columns, FP8_BLOCK);
    Tensor matrix = new Tensor("w", type, List.of((long) rows, (long) columns), data);
    MemorySegment ones = arena.allocate(down * across * Float.BYTES, ALIGNMENT);
    for (long i = 0; i < down * across; i++) {
      ones.setAtIndex(ValueLayout.JAVA_FLOAT, i, 1);
    }
    return Optional.of(
        BlockScales.of(matrix, new Tensor("s", TensorType.F32, List.of(down, across), ones)));
  }
}
