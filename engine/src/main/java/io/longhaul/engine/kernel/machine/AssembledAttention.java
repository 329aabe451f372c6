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
import java.util.Objects;
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

  private static final Optional<Entry> SOFTMAX = ExecutableMemory.link(SoftmaxCode::of);

  // A constant, which the JIT compiler turns into a plain call.
  private static final Entry SOFTMAX_CALL = SOFTMAX.orElse(null);

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
    FloatMatrix out = attention.out();
    int tokens = rows / heads;
    int floats = heads * cached.headDim();
    long tokenBytes = (long) heads * rowBytes;
    long column = (long) firstHead * rowBytes;
    long from = q.offset(firstToken) + column;
    AssembledRows.copy(q.segment(), from, q.offset(1), queries, 0, tokenBytes, floats, tokens);
    scores();
    call.set(ValueLayout.JAVA_FLOAT, 0, attention.scale());
    for (int i = 0; i < rows; i++) {
      softmax(scores.address() + i * scoreBytes, firstToken + i / heads);
    }
    sums.fill((byte) 0);
    values();
    long to = out.offset(firstToken) + column;
    AssembledRows.copy(sums, 0, tokenBytes, out.segment(), to, out.offset(1), floats, tokens);
  }

  /** Of a row of scores, over the positions that a token sees; the others get the weight 0. */
  private void softmax(long row, int token) {
    int positions = (int) (scoreBytes / Float.BYTES);
    int first = attention.start(token) - base;
    int last = attention.end(token) - base;
    Objects.checkFromToIndex(first, last, positions);
    SOFTMAX_CALL.run(row, positions / LANES, call.address(), ExponentialCode.table(), first, last);
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
