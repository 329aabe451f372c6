package io.longhaul.engine.kernel;

import io.longhaul.engine.ModelException;
import io.longhaul.engine.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * A matrix of weights, {@code rows × columns}, as it lies in the model file: {@code y = W x} maps
 * {@code columns} inputs to {@code rows} outputs.
 *
 * @param data the rows one after the other, each a whole number of blocks
 * @param scales of an F8_E4M3 matrix, which lie in a tensor of their own
 */
public record Weights(
    String name,
    TensorType type,
    int rows,
    int columns,
    MemorySegment data,
    Optional<BlockScales> scales) {
  public Weights {
    if (columns % type.blockSize() != 0) {
      throw new ModelException(
          name + ": rows of " + columns + " elements are not whole blocks of type " + type);
    }
    long bytes = type.bytes((long) rows * columns);
    if (data.byteSize() != bytes) {
      throw new ModelException(
          name
              + ": "
              + data.byteSize()
              + " bytes, but "
              + rows
              + " × "
              + columns
              + " of type "
              + type
              + " take "
              + bytes);
    }
  }

  /** Some consecutive rows, of the same memory. */
  public Weights slice(int firstRow, int count) {
    return new Weights(
        name,
        type,
        count,
        columns,
        data.asSlice(firstRow * rowBytes(), count * rowBytes()),
        scales.map(all -> all.from(firstRow)));
  }

  /** Bytes from one row's start to the next one's. */
  public long rowBytes() {
    return type.bytes(columns);
  }
}
