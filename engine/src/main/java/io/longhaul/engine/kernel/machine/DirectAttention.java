package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.Attention;
import io.longhaul.engine.kernel.Scratch;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Attention for AVX2: keys and values are converted as they are read from the cache, and a lane is
 * a dimension. A conversion takes less time than the three products it serves, so converted ones
 * are not kept.
 */
final class DirectAttention extends AssembledAttention {
  private static final int COLUMNS = DirectAttentionCode.COLUMNS;

  private static final Optional<Entry> SCORES =
      ExecutableMemory.linkAvx2(DirectAttentionCode::scores);
  private static final Optional<Entry> VALUES =
      ExecutableMemory.linkAvx2(DirectAttentionCode::values);
  private static final boolean LINKED = Stream.of(SCORES, VALUES).allMatch(Optional::isPresent);

  // Constants, which the JIT compiler turns into plain calls.
  private static final Entry SCORES_CALL = SCORES.orElse(null);
  private static final Entry VALUES_CALL = VALUES.orElse(null);

  DirectAttention(
      Attention attention, int firstToken, int tokens, int firstHead, int heads, Scratch scratch) {
    super(attention, firstToken, tokens, firstHead, heads, scratch);
  }

  /** Whether there is code for heads of this size. */
  static boolean handles(int headDim) {
    return headDim % COLUMNS == 0 && LINKED;
  }

  /** How many positions from one on lie in its page. */
  private int inPage(int p) {
    return Math.min(cached.pageSize() - p % cached.pageSize(), end - p);
  }

  /** A page at a time, the last in whole fours of positions. */
  @Override
  void scores() {
    call.set(ValueLayout.JAVA_LONG, Long.BYTES, scoreBytes);
    for (int p = base; p < end; p += inPage(p)) {
      int fours = Math.ceilDiv(inPage(p), DirectAttentionCode.POSITIONS);
      long keys = halves(p, cached.keyOffset(kvHead, p), fours * DirectAttentionCode.POSITIONS);
      call.set(ValueLayout.JAVA_LONG, 0, scoreAt(p));
      call.set(ValueLayout.JAVA_LONG, 2 * Long.BYTES, fours);
      SCORES_CALL.run(
          keys,
          queries.address(),
          rowBytes,
          (long) cached.headDim() / COLUMNS,
          rows,
          call.address());
    }
  }

  @Override
  void values() {
    long outputs = sumsAddress();
    call.set(ValueLayout.JAVA_LONG, Long.BYTES, rowBytes);
    call.set(ValueLayout.JAVA_LONG, 2 * Long.BYTES, cached.rowBytes());
    for (int p = start; p < end; p += inPage(p)) {
      int n = inPage(p);
      long values = halves(p, cached.valueOffset(kvHead, p), n);
      for (int c = 0; c < cached.headDim(); c += COLUMNS) {
        call.set(ValueLayout.JAVA_LONG, 0, outputs + (long) c * Float.BYTES);
        VALUES_CALL.run(
            values + (long) c * Short.BYTES, scoreAt(p), scoreBytes, n, rows, call.address());
      }
    }
  }
}
