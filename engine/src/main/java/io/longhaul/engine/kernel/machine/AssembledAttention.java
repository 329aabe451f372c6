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

/**
 * Attention of a tile of query rows (tokens × the heads of one group) over cached half floats:
 * scores, softmax over the whole row, weighted sum of the values.
 *
 * <p>Positions that a row must not see get the score −∞ and so the weight 0. Rows of scores begin
 * at multiples of 32 positions whatever tokens share the tile: a token's bits depend on it alone.
 */
abstract sealed class AssembledAttention permits DirectAttention, PanelAttention {
  /** What positions are aligned to; pages are multiples of it. */
  static final int POSITIONS = 32;

  private static final Optional<MethodHandle> SOFTMAX = ExecutableMemory.link(SoftmaxCode::of, 4);

  // A constant, which the JIT compiler turns into a plain call.
  private static final MethodHandle SOFTMAX_CALL = SOFTMAX.orElse(null);

  private static final int LANES =
      InstructionSet.here().map(InstructionSet::lanes).orElse(POSITIONS);

  private final Attention attention;
  final KeyValuePages cached;
  private final int firstToken;
  private final int firstHead;
  private final int heads;
  final int kvHead;

  /** Query rows of the tile; row i is token i / heads, head i % heads. */
  final int rows;

  /** Bytes of headDim floats. */
  final int rowBytes;

  /** The first position of the tile's first block; float 0 of a row of scores stands for it. */
  final int base;

  /** The first position that any row sees. */
  final int start;

  /** One past the last one. */
  final int end;

  /** Bytes of a row of scores, whole blocks. */
  final long scoreBytes;

  private final MemorySegment scores;
  private final MemorySegment sums;

  /** The queries, one behind the other. */
  final MemorySegment queries;

  /** For what does not fit into the registers of a call. */
  final MemorySegment call;

  AssembledAttention(
      Attention attention, int firstToken, int tokens, int firstHead, int heads, Scratch scratch) {
    this.attention = attention;
    this.cached = attention.cached();
    this.firstToken = firstToken;
    this.firstHead = firstHead;
    this.heads = heads;
    kvHead = firstHead / attention.group();
    rows = tokens * heads;
    rowBytes = cached.headDim() * Float.BYTES;
    start = attention.start(firstToken);
    base = start / POSITIONS * POSITIONS;
    end = attention.end(firstToken + tokens - 1);
    scoreBytes = (long) Math.ceilDiv(end - base, POSITIONS) * POSITIONS * Float.BYTES;
    queries = scratch.get(Slot.QUERIES, (long) rows * rowBytes);
    scores = scratch.get(Slot.SCORES, rows * scoreBytes);
    sums = scratch.get(Slot.SUMS, (long) rows * rowBytes);
    call = scratch.get(Slot.CALL, 4 * Long.BYTES);
  }

  /** Whether there is code for this type and shape of keys and values. */
  static boolean isPossible(Attention attention) {
    return attention.cached().type() == TensorType.F16
        && attention.cached().pageSize() % POSITIONS == 0
        && attention.scale() > 0
        && SOFTMAX.isPresent()
        && (InstructionSet.isAvx512()
            ? PanelAttention.handles(attention.headDim())
            : DirectAttention.handles(attention.headDim()));
  }

  /** Attends; arguments as those of the kernel. */
  static void attend(
      Attention attention, int firstToken, int tokens, int firstHead, int heads, Scratch scratch) {
    AssembledAttention tile =
        InstructionSet.isAvx512()
            ? new PanelAttention(attention, firstToken, tokens, firstHead, heads, scratch)
            : new DirectAttention(attention, firstToken, tokens, firstHead, heads, scratch);
    tile.run();
  }

  /** Computes the scores of all rows for the positions from {@link #start} to {@link #end}. */
  abstract void scores();

  /** Adds to all rows' sums what {@link #scores()} has become times the values. */
  abstract void values();

  private void run() {
    FloatMatrix q = attention.queries();
    for (int i = 0; i < rows; i++) {
      long from = q.offset(token(i)) + column(i);
      MemorySegment.copy(q.segment(), from, queries, (long) i * rowBytes, rowBytes);
    }
    scores();
    call.set(ValueLayout.JAVA_FLOAT, 0, attention.scale());
    for (int i = 0; i < rows; i++) {
      hide(i, 0, attention.start(token(i)) - base);
      hide(i, attention.end(token(i)) - base, (int) (scoreBytes / Float.BYTES));
      softmax(scores.address() + i * scoreBytes);
    }
    sums.asSlice(0, (long) rows * rowBytes).fill((byte) 0);
    values();
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

  private void softmax(long row) {
    long vectors = scoreBytes / Float.BYTES / LANES;
    try {
      SOFTMAX_CALL.invokeExact(row, vectors, call.address(), ExponentialCode.table());
    } catch (Throwable e) {
      throw AssembledCode.unexpected(e);
    }
  }

  /** The address of the first row's score of a position. */
  final long scoreAt(int position) {
    return scores.address() + (long) (position - base) * Float.BYTES;
  }

  /** The address of the first row's sums; the others follow it. */
  final long sumsAddress() {
    return writable(sums, 0, (long) rows * rowBytes);
  }

  /**
   * The address of the keys or values of some positions, which lie in one page.
   *
   * @param offset of the first one
   */
  final long halves(int position, long offset, int positions) {
    return readable(cached.page(position), offset, positions * cached.rowBytes());
  }
}
