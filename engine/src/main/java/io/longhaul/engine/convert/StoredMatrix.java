package io.longhaul.engine.convert;

import io.longhaul.engine.ModelException;
import io.longhaul.engine.kernel.BlockScales;
import io.longhaul.engine.kernel.WeightDecoder;
import io.longhaul.engine.kernel.scalar.ScalarDecoders;
import io.longhaul.engine.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/** A tensor of the checkpoint, seen as rows of its innermost dimension. */
final class StoredMatrix {
  private final Tensor tensor;
  private final Optional<BlockScales> scales;
  private final WeightDecoder decoder;
  private final int columns;
  private final long rows;

  /**
   * @param scale of an F8 matrix
   */
  StoredMatrix(Tensor tensor, Optional<Tensor> scale) {
    this.tensor = tensor;
    this.decoder = ScalarDecoders.of(tensor.type());
    this.scales = scale.map(s -> BlockScales.of(tensor, s));
    List<Long> shape = tensor.shape();
    long row = shape.isEmpty() ? 1 : shape.getLast();
    if (row < 1 || row > Integer.MAX_VALUE / Float.BYTES) {
      throw new ModelException("tensor " + tensor.name() + " has shape " + shape + ", no rows");
    }
    this.columns = (int) row;
    this.rows = tensor.elements() / row;
  }

  String name() {
    return tensor.name();
  }

  List<Long> shape() {
    return tensor.shape();
  }

  int columns() {
    return columns;
  }

  long rows() {
    return rows;
  }

  /** Decodes a row. */
  void row(long row, float[] out) {
    decoder.decode(tensor.data(), offset(row, 0), columns, MemorySegment.ofArray(out), 0);
    scales.ifPresent(
        s -> s.multiply(Math.toIntExact(row), 0, columns, MemorySegment.ofArray(out), 0));
  }

  /**
   * Decodes a piece of a column.
   *
   * @param count consecutive rows, one element of each
   */
  void column(long firstRow, int count, int column, float[] out) {
    MemorySegment floats = MemorySegment.ofArray(out);
    for (int i = 0; i < count; i++) {
      long at = (long) i * Float.BYTES;
      decoder.decode(tensor.data(), offset(firstRow + i, column), 1, floats, at);
      if (scales.isPresent()) {
        scales.get().multiply(Math.toIntExact(firstRow + i), column, 1, floats, at);
      }
    }
  }

  private long offset(long row, int column) {
    // Types of safetensors store their elements one by one.
    return tensor.type().bytes(row * columns + column);
  }
}
