package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.Attention;
import io.longhaul.engine.kernel.Scratch;
import io.longhaul.engine.kernel.Scratch.Slot;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Attention for AVX-512: the keys of 32 positions are brought into the form of a panel, so that a
 * lane is a position.
 */
final class PanelAttention extends AssembledAttention {
  private static final int BLOCK_COLUMNS = 16;
  private static final int COLUMNS = PanelAttentionCode.COLUMNS;

  private static final Optional<Entry> FLOATS =
      ExecutableMemory.linkAvx512(PanelAttentionCode::halvesToFloats);
  private static final Optional<Entry> SCORES =
      ExecutableMemory.linkAvx512(PanelAttentionCode::scores);
  private static final Optional<Entry> VALUES =
      ExecutableMemory.linkAvx512(PanelAttentionCode::values);
  private static final boolean LINKED =
      PanelTransposition.isPossible()
          && Stream.of(FLOATS, SCORES, VALUES).allMatch(Optional::isPresent);

  // Constants, which the JIT compiler turns into plain calls.
  private static final Entry FLOATS_CALL = FLOATS.orElse(null);
  private static final Entry SCORES_CALL = SCORES.orElse(null);
  private static final Entry VALUES_CALL = VALUES.orElse(null);

  private final int blocks;
  private final long floats;
  private final long panel;

  PanelAttention(
      Attention attention, int firstToken, int tokens, int firstHead, int heads, Scratch scratch) {
    super(attention, firstToken, tokens, firstHead, heads, scratch);
    blocks = cached.headDim() / BLOCK_COLUMNS;
    floats = scratch.address(Slot.KEYS, (long) POSITIONS * rowBytes);
    panel = scratch.address(Slot.TILE, (long) blocks * BlockLayout.PANEL_BLOCK_BYTES);
  }

  /** Whether there is code for heads of this size. */
  static boolean handles(int headDim) {
    return headDim % COLUMNS == 0 && LINKED;
  }

  @Override
  void scores() {
    for (int p = base; p < end; p += POSITIONS) {
      scores(p);
    }
  }

  private void scores(int p) {
    long stride = rowBytes;
    decode(cached.keyOffset(kvHead, p), p, POSITIONS);
    PanelTransposition.run(floats, stride, blocks, panel);
    call.set(ValueLayout.JAVA_LONG, 0, scoreAt(p));
    call.set(ValueLayout.JAVA_LONG, Long.BYTES, scoreBytes);
    SCORES_CALL.run(panel, queries.address(), stride, blocks, rows, call.address());
  }

  @Override
  void values() {
    for (int p = base; p < end; p += POSITIONS) {
      values(p);
    }
  }

  private void values(int p) {
    int n = Math.min(POSITIONS, end - p);
    decode(cached.valueOffset(kvHead, p), p, n);
    long outputs = sumsAddress();
    call.set(ValueLayout.JAVA_LONG, Long.BYTES, rowBytes);
    call.set(ValueLayout.JAVA_LONG, 2 * Long.BYTES, rowBytes);
    for (int c = 0; c < cached.headDim(); c += COLUMNS) {
      long bytes = (long) c * Float.BYTES;
      call.set(ValueLayout.JAVA_LONG, 0, outputs + bytes);
      VALUES_CALL.run(floats + bytes, scoreAt(p), scoreBytes, n, rows, call.address());
    }
  }

  /** Positions of a block, which lie in one page, to floats. */
  private void decode(long offset, int p, int n) {
    long from = halves(p, offset, n);
    long sixteens = (long) n * cached.headDim() / BLOCK_COLUMNS;
    FLOATS_CALL.run(from, sixteens, floats);
  }
}
