package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.LatentAttention;
import io.longhaul.engine.kernel.Scratch;
import io.longhaul.engine.kernel.Scratch.Slot;
import io.longhaul.engine.kernel.vector.MachineCode.LatentBlocks;
import io.longhaul.engine.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/**
 * The loops of {@link DirectAttentionCode} over the gathered rows of latent attention, whose heads
 * share one row a position. They are for AVX2, which processors with AVX-512 have too.
 *
 * @param columns of a row
 * @param latent columns that are the latent
 * @param call for what does not fit into the registers of a call
 */
record AssembledLatentBlocks(int columns, int latent, MemorySegment call) implements LatentBlocks {
  private static final int COLUMNS = DirectAttentionCode.COLUMNS;
  private static final int CALL_BYTES = 3 * Long.BYTES;

  private static final Optional<Entry> SCORES =
      ExecutableMemory.link(DirectAttentionCode::scores, DirectAttentionCode::scores);
  private static final Optional<Entry> VALUES =
      ExecutableMemory.link(DirectAttentionCode::values, DirectAttentionCode::values);

  // Constants, which the JIT compiler turns into plain calls.
  private static final Entry SCORES_CALL = SCORES.orElse(null);
  private static final Entry VALUES_CALL = VALUES.orElse(null);

  /** Empty for other types and shapes, and where the system refuses executable memory. */
  static Optional<LatentBlocks> of(LatentAttention attention, Scratch scratch) {
    int columns = attention.cached().columns();
    boolean handled =
        attention.cached().type() == TensorType.F16
            && columns > 0
            && columns % COLUMNS == 0
            && attention.kvLoraRank() % COLUMNS == 0
            // What the code reads: a query is as wide as a row, and a latent is a part of one.
            && attention.queries().columns() == columns
            && attention.kvLoraRank() <= columns;
    return handled && SCORES.isPresent() && VALUES.isPresent()
        ? Optional.of(
            new AssembledLatentBlocks(
                columns, attention.kvLoraRank(), scratch.get(Slot.CALL, CALL_BYTES)))
        : Optional.empty();
  }

  /** Rows stay the half floats that they are. */
  @Override
  public void gather(MemorySegment page, long offset, MemorySegment block, int row) {
    long bytes = (long) columns * Short.BYTES;
    MemorySegment.copy(page, offset, block, row * bytes, bytes);
  }

  @Override
  public void score(
      long rows, int n, long queries, long queryBytes, int heads, long scores, long scoreBytes) {
    call.set(ValueLayout.JAVA_LONG, 0, scores);
    call.set(ValueLayout.JAVA_LONG, Long.BYTES, scoreBytes);
    call.set(ValueLayout.JAVA_LONG, 2 * Long.BYTES, Math.ceilDiv(n, DirectAttentionCode.POSITIONS));
    SCORES_CALL.run(rows, queries, queryBytes, columns / COLUMNS, heads, call.address());
  }

  @Override
  public void add(
      long rows, int n, long weights, long weightBytes, int heads, long out, long outBytes) {
    call.set(ValueLayout.JAVA_LONG, Long.BYTES, outBytes);
    call.set(ValueLayout.JAVA_LONG, 2 * Long.BYTES, (long) columns * Short.BYTES);
    for (int c = 0; c < latent; c += COLUMNS) {
      call.set(ValueLayout.JAVA_LONG, 0, out + (long) c * Float.BYTES);
      VALUES_CALL.run(
          rows + (long) c * Short.BYTES, weights, weightBytes, n, heads, call.address());
    }
  }
}
