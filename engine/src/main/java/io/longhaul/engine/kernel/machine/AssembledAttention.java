package io.longhaul.engine.kernel.machine;

import static io.longhaul.engine.kernel.vector.NativeMemory.readable;
import static io.longhaul.engine.kernel.vector.NativeMemory.writable;

import io.longhaul.engine.kernel.Attention;
import io.longhaul.engine.kernel.KeyValuePages;
import io.longhaul.engine.kernel.Scratch;
import io.longhaul.engine.kernel.Scratch.Slot;
import io.longhaul.engine.tensor.FloatMatrix;
import io.longhaul.engine.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Attention of a tile of query rows (tokens × the heads of one group) over cached half floats, 32
 * positions at a time: scores, softmax over the whole row, weighted sum of the values.
 *
 * <p>Positions that a row must not see get the score −∞ and so the weight 0. Blocks begin at
 * multiples of 32 positions whatever tokens share the tile: a token's bits depend on it alone.
 */
final class AssembledAttention {
  private static final int POSITIONS = AttentionCode.POSITIONS;
  private static final int BLOCK_COLUMNS = 16;
  private static final int COLUMNS = AttentionCode.COLUMNS;

  private static final Optional<MethodHandle> FLOATS =
      ExecutableMemory.linkAvx512(AttentionCode::halvesToFloats, 3);
  private static final Optional<MethodHandle> SCORES =
      ExecutableMemory.linkAvx512(AttentionCode::scores, 6);
  private static final Optional<MethodHandle> SOFTMAX =
      ExecutableMemory.linkAvx512(AttentionCode::softmax, 3);
  private static final Optional<MethodHandle> VALUES =
      ExecutableMemory.linkAvx512(AttentionCode::values, 6);
  private static final boolean LINKED =
      PanelTransposition.isPossible()
          && Stream.of(FLOATS, SCORES, SOFTMAX, VALUES).allMatch(Optional::isPresent);

  // Handles are constants, which the JIT compiler turns into plain calls.
  private static final MethodHandle FLOATS_CALL = FLOATS.orElse(null);
  private static final MethodHandle SCORES_CALL = SCORES.orElse(null);
  private static final MethodHandle SOFTMAX_CALL = SOFTMAX.orElse(null);
  private static final MethodHandle VALUES_CALL = VALUES.orElse(null);

  private final Attention attention;
  private final KeyValuePages cached;
  private final int firstToken;
  private final int firstHead;
  private final int heads;
  private final int kvHead;

  /** Query rows of the tile; row i is token i / heads, head i % heads. */
  private final int rows;

  /** Bytes of headDim floats. */
  private final int rowBytes;

  /** The first position of the tile's first block; float 0 of a row of scores stands for it. */
  private final int base;

  private final int end;

  /** Bytes of a row of scores, whole blocks. */
  private final long scoreBytes;

  private final MemorySegment queries;
  private final MemorySegment scores;
  private final MemorySegment sums;
  private final MemorySegment call;
  private final long floats;
  private final long panel;

  private AssembledAttention(
      Attention attention, int firstToken, int tokens, int firstHead, int heads, Scratch scratch) {
    this.attention = attention;
    this.cached = attention.cached();
    this.firstToken = firstToken;
    this.firstHead = firstHead;
    this.heads = heads;
    kvHead = firstHead / attention.group();
    rows = tokens * heads;
    rowBytes = cached.headDim() * Float.BYTES;
    base = attention.start(firstToken) / POSITIONS * POSITIONS;
    end = attention.end(firstToken + tokens - 1);
    scoreBytes = (long) Math.ceilDiv(end - base, POSITIONS) * POSITIONS * Float.BYTES;
    queries = scratch.get(Slot.QUERIES, (long) rows * rowBytes);
    scores = scratch.get(Slot.SCORES, rows * scoreBytes);
    sums = scratch.get(Slot.SUMS, (long) rows * rowBytes);
    call = scratch.get(Slot.CALL, 4 * Long.BYTES);
    floats = scratch.address(Slot.KEYS, (long) POSITIONS * rowBytes);
    int blocks = cached.headDim() / BLOCK_COLUMNS;
    panel = scratch.address(Slot.TILE, (long) blocks * BlockLayout.PANEL_BLOCK_BYTES);
  }

  /** Whether there is code for this type and shape of keys and values. */
  static boolean isPossible(Attention attention) {
    KeyValuePages cached = attention.cached();
    return cached.type() == TensorType.F16
        && cached.headDim() % COLUMNS == 0
        && cached.pageSize() % POSITIONS == 0
        && attention.scale() > 0
        && LINKED;
  }

  /** Attends; arguments as those of the kernel. */
  static void attend(
      Attention attention, int firstToken, int tokens, int firstHead, int heads, Scratch scratch) {
    new AssembledAttention(attention, firstToken, tokens, firstHead, heads, scratch).run();
  }

  private void run() {
    FloatMatrix q = attention.queries();
    for (int i = 0; i < rows; i++) {
      long from = q.offset(token(i)) + column(i);
      MemorySegment.copy(q.segment(), from, queries, (long) i * rowBytes, rowBytes);
    }
    for (int p = base; p < end; p += POSITIONS) {
      scores(p);
    }
    call.set(ValueLayout.JAVA_FLOAT, 0, attention.scale());
    for (int i = 0; i < rows; i++) {
      hide(i, 0, attention.start(token(i)) - base);
      hide(i, attention.end(token(i)) - base, (int) (scoreBytes / Float.BYTES));
      softmax(scores.address() + i * scoreBytes);
    }
    sums.asSlice(0, (long) rows * rowBytes).fill((byte) 0);
    for (int p = base; p < end; p += POSITIONS) {
      values(p);
    }
    FloatMatrix out = attention.out();
    for (int i = 0; i < rows; i++) {
      long to = out.offset(token(i)) + column(i);
      MemorySegment.copy(sums, (long) i * rowBytes, out.segment(), to, rowBytes);
    }
  }

  private int token(int row) {
    return firstToken + row / heads;
  }

  private long column(int row) {
    return (long) (firstHead + row % heads) * rowBytes;
  }

  private void hide(int row, int from, int to) {
    for (int i = from; i < to; i++) {
      long at = row * scoreBytes + (long) i * Float.BYTES;
      scores.set(ValueLayout.JAVA_FLOAT, at, Float.NEGATIVE_INFINITY);
    }
  }

  private void scores(int p) {
    long stride = rowBytes;
    int blocks = cached.headDim() / BLOCK_COLUMNS;
    decode(cached.keyOffset(kvHead, p), p, POSITIONS);
    PanelTransposition.run(floats, stride, blocks, panel);
    call.set(ValueLayout.JAVA_LONG, 0, scores.address() + (long) (p - base) * Float.BYTES);
    call.set(ValueLayout.JAVA_LONG, Long.BYTES, scoreBytes);
    try {
      SCORES_CALL.invokeExact(
          panel, queries.address(), stride, (long) blocks, (long) rows, call.address());
    } catch (Throwable e) {
      throw AssembledCode.unexpected(e);
    }
  }

  private void softmax(long row) {
    try {
      SOFTMAX_CALL.invokeExact(row, scoreBytes / BlockLayout.TOKEN_BYTES, call.address());
    } catch (Throwable e) {
      throw AssembledCode.unexpected(e);
    }
  }

  private void values(int p) {
    int n = Math.min(POSITIONS, end - p);
    decode(cached.valueOffset(kvHead, p), p, n);
    long weights = scores.address() + (long) (p - base) * Float.BYTES;
    long outputs = writable(sums, 0, (long) rows * rowBytes);
    call.set(ValueLayout.JAVA_LONG, Long.BYTES, rowBytes);
    call.set(ValueLayout.JAVA_LONG, 2 * Long.BYTES, rowBytes);
    try {
      for (int c = 0; c < cached.headDim(); c += COLUMNS) {
        long bytes = (long) c * Float.BYTES;
        call.set(ValueLayout.JAVA_LONG, 0, outputs + bytes);
        VALUES_CALL.invokeExact(
            floats + bytes, weights, scoreBytes, (long) n, (long) rows, call.address());
      }
    } catch (Throwable e) {
      throw AssembledCode.unexpected(e);
    }
  }

  /** Positions of a block, which lie in one page, to floats. */
  private void decode(long offset, int p, int n) {
    long bytes = n * cached.rowBytes();
    long from = readable(cached.page(p), offset, bytes);
    long sixteens = (long) n * cached.headDim() / BLOCK_COLUMNS;
    try {
      FLOATS_CALL.invokeExact(from, sixteens, floats);
    } catch (Throwable e) {
      throw AssembledCode.unexpected(e);
    }
  }
}
