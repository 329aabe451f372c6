package io.longhaul.engine.kernel.vector;

import static io.longhaul.engine.kernel.vector.NativeMemory.ALL;
import static io.longhaul.engine.kernel.vector.VectorWidth.FLOATS;

import io.longhaul.engine.kernel.Attention;
import io.longhaul.engine.kernel.KeyValuePages;
import io.longhaul.engine.kernel.Scratch;
import io.longhaul.engine.kernel.Scratch.Slot;
import io.longhaul.engine.kernel.WeightDecoder;
import io.longhaul.engine.tensor.FloatMatrix;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;

/**
 * Attention of a tile of query rows (tokens × the heads of one group) over the cached positions, a
 * block of positions at a time: scores, softmax over the whole row, weighted sum of the values.
 *
 * <p>Positions that a row must not see (later ones, and those before its window) get the score −∞
 * and so the weight 0. Scores lie at their position modulo the vector length, so that sums over
 * lanes have the same order whatever tokens share the tile.
 */
final class VectorAttention {
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();
  private static final int LANES = FLOATS.length();
  private static final int STEP = LANES * Float.BYTES;

  /** Positions decoded at a time; their rows should stay in the L1 cache. */
  private static final int BLOCK = 32;

  private final Attention attention;
  private final KeyValuePages cached;
  private final WeightDecoder decoder;
  private final int firstToken;
  private final int firstHead;
  private final int heads;

  /** Query rows of the tile; row i is token i / heads, head i % heads. */
  private final int rows;

  /** Bytes of a padded row of headDim floats. */
  private final int rowBytes;

  private final int start;
  private final int end;

  /** The position that float 0 of a row of scores stands for. */
  private final int base;

  private final int scoreBytes;

  // Addresses of scratch memory.
  private final long queries;
  private final long scores;
  private final long sums;
  private final long tile;

  private final MemorySegment block;

  VectorAttention(
      Attention attention, int firstToken, int tokens, int firstHead, int heads, Scratch scratch) {
    this.attention = attention;
    this.cached = attention.cached();
    this.decoder = VectorDecoders.of(cached.type());
    this.firstToken = firstToken;
    this.firstHead = firstHead;
    this.heads = heads;
    rows = tokens * heads;
    rowBytes = FloatMatrix.padded(cached.headDim()) * Float.BYTES;
    start = attention.start(firstToken);
    end = attention.end(firstToken + tokens - 1);
    base = start / FloatMatrix.ALIGNMENT * FloatMatrix.ALIGNMENT;
    scoreBytes = FloatMatrix.padded(end - base) * Float.BYTES;
    queries = scratch.address(Slot.QUERIES, (long) rows * rowBytes);
    scores = scratch.address(Slot.SCORES, (long) rows * scoreBytes);
    block = scratch.get(Slot.KEYS, (long) BLOCK * rowBytes);
    sums = scratch.address(Slot.SUMS, (long) rows * rowBytes);
    tile = scratch.address(Slot.TILE, TileProduct.SUMS_BYTES);
  }

  void run() {
    loadQueries();
    int kvHead = firstHead / attention.group();
    if (rowBytes != cached.headDim() * Float.BYTES) {
      block.fill((byte) 0);
    }
    for (int p = start; p < end; ) {
      int n = blockLength(p);
      decode(cached.keyOffset(kvHead, p), p, n);
      TileProduct.multiply(
          new FloatRows(block.address(), rowBytes),
          n,
          new FloatRows(queries, rowBytes),
          rows,
          rowBytes,
          new FloatRows(scores + (long) (p - base) * Float.BYTES, scoreBytes),
          tile);
      p += n;
    }
    clear(sums);
    float[] totals = new float[rows];
    for (int i = 0; i < rows; i++) {
      totals[i] = exponentials(i);
    }
    for (int p = start; p < end; ) {
      int n = blockLength(p);
      decode(cached.valueOffset(kvHead, p), p, n);
      addValues(p, n);
      p += n;
    }
    for (int i = 0; i < rows; i++) {
      storeResult(i, 1 / totals[i]);
    }
  }

  private void clear(long address) {
    ALL.asSlice(address, (long) rows * rowBytes).fill((byte) 0);
  }

  private int blockLength(int p) {
    return Math.min(Math.min(BLOCK, end - p), cached.pageSize() - p % cached.pageSize());
  }

  private long column(int row) {
    return (long) (firstHead + row % heads) * cached.headDim() * Float.BYTES;
  }

  private int token(int row) {
    return firstToken + row / heads;
  }

  private void loadQueries() {
    FloatMatrix q = attention.queries();
    clear(queries);
    for (int i = 0; i < rows; i++) {
      long from = q.offset(token(i)) + column(i);
      long bytes = (long) cached.headDim() * Float.BYTES;
      for (long b = 0; b < bytes; b += Float.BYTES) {
        float value = q.segment().get(ValueLayout.JAVA_FLOAT, from + b) * attention.scale();
        ALL.set(ValueLayout.JAVA_FLOAT_UNALIGNED, queries + (long) i * rowBytes + b, value);
      }
    }
  }

  private void decode(long offset, int position, int n) {
    MemorySegment page = cached.page(position);
    int headDim = cached.headDim();
    if (rowBytes == headDim * Float.BYTES) {
      decoder.decode(page, offset, n * headDim, block, 0);
      return;
    }
    for (int i = 0; i < n; i++) {
      decoder.decode(page, offset + i * cached.rowBytes(), headDim, block, (long) i * rowBytes);
    }
  }

  /** Turns a row of scores into exp(score − max) and returns their sum. */
  private float exponentials(int row) {
    long at = scores + (long) row * scoreBytes;
    hide(at, 0, attention.start(token(row)) - base);
    hide(at, attention.end(token(row)) - base, scoreBytes / Float.BYTES);
    FloatVector max = FloatVector.broadcast(FLOATS, Float.NEGATIVE_INFINITY);
    for (long b = at; b < at + scoreBytes; b += STEP) {
      max = max.max(FloatVector.fromMemorySegment(FLOATS, ALL, b, ORDER));
    }
    float highest = Float.NEGATIVE_INFINITY;
    for (int lane = 0; lane < LANES; lane++) {
      highest = Math.max(highest, max.lane(lane));
    }
    FloatVector total = FloatVector.zero(FLOATS);
    for (long b = at; b < at + scoreBytes; b += STEP) {
      FloatVector e =
          Exponential.exp(FloatVector.fromMemorySegment(FLOATS, ALL, b, ORDER).sub(highest));
      e.intoMemorySegment(ALL, b, ORDER);
      total = total.add(e);
    }
    return LaneSums.sum(total);
  }

  private void hide(long rowAddress, int from, int to) {
    for (int i = from; i < to; i++) {
      ALL.set(
          ValueLayout.JAVA_FLOAT_UNALIGNED,
          rowAddress + (long) i * Float.BYTES,
          Float.NEGATIVE_INFINITY);
    }
  }

  /** {@code sums[i] += Σ_p weight[i][p] · value[p]} over the decoded block. */
  private void addValues(int position, int n) {
    int i = 0;
    for (; i + 4 <= rows; i += 4) {
      for (int c = 0; c < rowBytes; c += STEP) {
        addValues4(i, c, position, n);
      }
    }
    for (; i < rows; i++) {
      for (int c = 0; c < rowBytes; c += STEP) {
        addValues1(i, c, position, n);
      }
    }
  }

  private void addValues4(int row, int c, int position, int n) {
    long w = scores + (long) row * scoreBytes + (long) (position - base) * Float.BYTES;
    long s = sums + (long) row * rowBytes + c;
    long v0 = block.address() + c;
    FloatVector s0 = FloatVector.fromMemorySegment(FLOATS, ALL, s, ORDER);
    FloatVector s1 = FloatVector.fromMemorySegment(FLOATS, ALL, s + rowBytes, ORDER);
    FloatVector s2 = FloatVector.fromMemorySegment(FLOATS, ALL, s + 2L * rowBytes, ORDER);
    FloatVector s3 = FloatVector.fromMemorySegment(FLOATS, ALL, s + 3L * rowBytes, ORDER);
    for (int p = 0; p < n; p++) {
      FloatVector v = FloatVector.fromMemorySegment(FLOATS, ALL, v0 + (long) p * rowBytes, ORDER);
      long at = w + (long) p * Float.BYTES;
      s0 = v.fma(FloatVector.broadcast(FLOATS, score(at)), s0);
      s1 = v.fma(FloatVector.broadcast(FLOATS, score(at + scoreBytes)), s1);
      s2 = v.fma(FloatVector.broadcast(FLOATS, score(at + 2L * scoreBytes)), s2);
      s3 = v.fma(FloatVector.broadcast(FLOATS, score(at + 3L * scoreBytes)), s3);
    }
    s0.intoMemorySegment(ALL, s, ORDER);
    s1.intoMemorySegment(ALL, s + rowBytes, ORDER);
    s2.intoMemorySegment(ALL, s + 2L * rowBytes, ORDER);
    s3.intoMemorySegment(ALL, s + 3L * rowBytes, ORDER);
  }

  private void addValues1(int row, int c, int position, int n) {
    long w = scores + (long) row * scoreBytes + (long) (position - base) * Float.BYTES;
    long s = sums + (long) row * rowBytes + c;
    long v0 = block.address() + c;
    FloatVector sum = FloatVector.fromMemorySegment(FLOATS, ALL, s, ORDER);
    for (int p = 0; p < n; p++) {
      FloatVector v = FloatVector.fromMemorySegment(FLOATS, ALL, v0 + (long) p * rowBytes, ORDER);
      sum = v.fma(FloatVector.broadcast(FLOATS, score(w + (long) p * Float.BYTES)), sum);
    }
    sum.intoMemorySegment(ALL, s, ORDER);
  }

  private static float score(long address) {
    return ALL.get(ValueLayout.JAVA_FLOAT_UNALIGNED, address);
  }

  private void storeResult(int row, float scale) {
    FloatMatrix out = attention.out();
    long to = out.offset(token(row)) + column(row);
    long from = sums + (long) row * rowBytes;
    long bytes = (long) cached.headDim() * Float.BYTES;
    for (long b = 0; b < bytes; b += Float.BYTES) {
      float value = ALL.get(ValueLayout.JAVA_FLOAT_UNALIGNED, from + b) * scale;
      out.segment().set(ValueLayout.JAVA_FLOAT, to + b, value);
    }
  }
}
