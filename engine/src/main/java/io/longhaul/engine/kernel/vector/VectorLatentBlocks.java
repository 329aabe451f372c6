package io.longhaul.engine.kernel.vector;

import io.longhaul.engine.kernel.LatentAttention;
import io.longhaul.engine.kernel.Scratch;
import io.longhaul.engine.kernel.Scratch.Slot;
import io.longhaul.engine.kernel.WeightDecoder;
import io.longhaul.engine.kernel.vector.MachineCode.LatentBlocks;
import java.lang.foreign.MemorySegment;

/**
 * Blocks of latent attention whose rows are decoded to floats, of any type.
 *
 * @param columns of a row
 * @param rowBytes of a decoded row, padded to whole vectors
 * @param latentBytes of a row of sums, padded
 * @param sums for {@link TileProduct}
 */
record VectorLatentBlocks(
    WeightDecoder decoder, int columns, int rowBytes, int latentBytes, long sums)
    implements LatentBlocks {

  static LatentBlocks of(LatentAttention attention, Scratch scratch) {
    return new VectorLatentBlocks(
        VectorDecoders.of(attention.cached().type()),
        attention.cached().columns(),
        attention.queries().rowBytes(),
        attention.out().rowBytes(),
        scratch.address(Slot.TILE, TileProduct.SUMS_BYTES));
  }

  @Override
  public void gather(MemorySegment page, long offset, MemorySegment block, int row) {
    decoder.decode(page, offset, columns, block, (long) row * rowBytes);
  }

  @Override
  public void score(
      long rows, int n, long queries, long queryBytes, int heads, long scores, long scoreBytes) {
    TileProduct.multiply(
        new FloatRows(rows, rowBytes),
        n,
        new FloatRows(queries, queryBytes),
        heads,
        rowBytes,
        new FloatRows(scores, scoreBytes),
        sums);
  }

  @Override
  public void add(
      long rows, int n, long weights, long weightBytes, int heads, long out, long outBytes) {
    Combination.add(
        new FloatRows(weights, weightBytes),
        heads,
        n,
        new FloatRows(rows, rowBytes),
        latentBytes,
        new FloatRows(out, outBytes));
  }
}
