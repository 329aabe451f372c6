package io.longhaul.engine.kernel;

import io.longhaul.engine.ModelException;
import io.longhaul.engine.kernel.scalar.ScalarDecoders;
import io.longhaul.engine.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * The scales of an F8_E4M3 matrix: one float for each block of 128 rows and 128 columns, which
 * safetensors files hold in a second tensor named {@code weight_scale_inv}. A weight is float(code)
 * × scale[row / 128][column / 128]; blocks at the right and lower edges may be smaller.
 */
public final class BlockScales {
  /** Rows, and columns, that share a scale. */
  public static final int BLOCK = 128;

  private final float[] scales;
  private final int perRow;

  /** The row of the whole matrix that is row 0 here. */
  private final int firstRow;

  private BlockScales(float[] scales, int perRow, int firstRow) {
    this.scales = scales;
    this.perRow = perRow;
    this.firstRow = firstRow;
  }

  /** The scales of the rows from {@code row} on. */
  BlockScales from(int row) {
    return new BlockScales(scales, perRow, firstRow + row);
  }

  /**
   * The scales of a matrix.
   *
   * @param weight of shape [rows, columns]
   * @param scale of shape [⌈rows / 128⌉, ⌈columns / 128⌉], in a type of weights
   * @throws ModelException if the shapes do not fit
   */
  public static BlockScales of(Tensor weight, Tensor scale) {
    if (weight.shape().size() != 2) {
      throw new ModelException(
          weight.name() + " has shape " + weight.shape() + ", block scales need [rows, columns]");
    }
    List<Long> expected = weight.shape().stream().map(d -> Math.ceilDiv(d, (long) BLOCK)).toList();
    if (!scale.shape().equals(expected)) {
      throw new ModelException(
          scale.name()
              + " has shape "
              + scale.shape()
              + ", expected "
              + expected
              + " for "
              + weight.name()
              + " of shape "
              + weight.shape());
    }
    if (scale.elements() > Integer.MAX_VALUE / Float.BYTES) {
      throw new ModelException(scale.name() + " has shape " + scale.shape() + ", too large");
    }
    int count = (int) scale.elements();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment floats = arena.allocate(ValueLayout.JAVA_FLOAT, count);
      ScalarDecoders.of(scale.type()).decode(scale.data(), 0, count, floats, 0);
      return new BlockScales(
          floats.toArray(ValueLayout.JAVA_FLOAT), Math.toIntExact(expected.get(1)), 0);
    }
  }

  /** The scale of one weight. */
  public float at(int row, int column) {
    return scales[(firstRow + row) / BLOCK * perRow + column / BLOCK];
  }

  /**
   * Multiplies decoded weights of one row in place.
   *
   * @param row of the weights
   * @param column of the first
   * @param count how many, consecutive in the row
   * @param values the floats, in native order
   * @param offset of the first, in bytes
   */
  public void multiply(int row, int column, int count, MemorySegment values, long offset) {
    for (int i = 0; i < count; i++) {
      long at = offset + (long) i * Float.BYTES;
      float value = values.get(ValueLayout.JAVA_FLOAT_UNALIGNED, at);
      values.set(ValueLayout.JAVA_FLOAT_UNALIGNED, at, value * at(row, column + i));
    }
  }
}
