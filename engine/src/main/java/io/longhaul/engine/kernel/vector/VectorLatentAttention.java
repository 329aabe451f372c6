package io.longhaul.engine.kernel.vector;

import static io.longhaul.engine.kernel.vector.NativeMemory.ALL;
import static io.longhaul.engine.kernel.vector.NativeMemory.readable;
import static io.longhaul.engine.kernel.vector.NativeMemory.writable;
import static io.longhaul.engine.kernel.vector.VectorWidth.FLOATS;

import io.longhaul.engine.kernel.LatentAttention;
import io.longhaul.engine.kernel.PlanePages;
import io.longhaul.engine.kernel.Scratch;
import io.longhaul.engine.kernel.Scratch.Slot;
import io.longhaul.engine.kernel.Selection;
import io.longhaul.engine.kernel.vector.MachineCode.LatentBlocks;
import io.longhaul.engine.tensor.FloatMatrix;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Latent attention of one token, some of its heads: the selected rows are gathered a block at a
 * time, and the softmax runs along (Milakov and Gimelshein 2018), so that each row is read once and
 * no buffer grows with their number.
 */
final class VectorLatentAttention {
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();
  private static final int STEP = FLOATS.length() * Float.BYTES;

  /** Rows at a time; a whole number of vectors of scores, and of rows that code takes at once. */
  private static final int BLOCK = 32;

  private static final int SCORE_BYTES = BLOCK * Float.BYTES;

  private final LatentAttention attention;
  private final MachineCode machine;

  private final LatentBlocks blocks;

  private final PlanePages cached;
  private final int token;
  private final int heads;

  /** Bytes of a row of queries and of a decoded row, both padded. */
  private final int rowBytes;

  /** Bytes of a row of sums, padded. */
  private final int latentBytes;

  private final long queries;
  private final long out;
  private final long outStride;
  private final long scores;
  private final MemorySegment block;

  private final float[] highest;
  private final float[] totals;

  VectorLatentAttention(
      LatentAttention attention,
      int token,
      int firstHead,
      int heads,
      MachineCode machine,
      Scratch scratch) {
    this.attention = attention;
    this.machine = machine;
    this.blocks =
        machine
            .latentBlocks(attention, scratch)
            .orElseGet(() -> VectorLatentBlocks.of(attention, scratch));
    this.cached = attention.cached();
    this.token = token;
    this.heads = heads;
    FloatMatrix q = attention.queries();
    FloatMatrix o = attention.out();
    int row = token * attention.heads() + firstHead;
    rowBytes = q.rowBytes();
    latentBytes = o.rowBytes();
    queries = readable(q.segment(), q.offset(row), q.extent(heads));
    out = writable(o.segment(), o.offset(row), o.extent(heads));
    outStride = o.offset(1);
    scores = scratch.address(Slot.SCORES, (long) heads * SCORE_BYTES);
    block = scratch.get(Slot.KEYS, (long) BLOCK * rowBytes);
    highest = new float[heads];
    totals = new float[heads];
  }

  void run() {
    for (int h = 0; h < heads; h++) {
      ALL.asSlice(out + h * outStride, latentBytes).fill((byte) 0);
      highest[h] = Float.NEGATIVE_INFINITY;
    }
    if (rowBytes != cached.columns() * Float.BYTES) {
      block.fill((byte) 0);
    }
    int count = attention.selection().count(token);
    for (int first = 0; first < count; first += BLOCK) {
      addBlock(first, Math.min(BLOCK, count - first));
    }
    for (int h = 0; h < heads; h++) {
      scale(out + h * outStride, 1 / totals[h]);
      clearPadding(out + h * outStride);
    }
  }

  /** What was summed up beyond the latent is of the rotated keys. */
  private void clearPadding(long row) {
    long used = (long) attention.kvLoraRank() * Float.BYTES;
    ALL.asSlice(row + used, latentBytes - used).fill((byte) 0);
  }

  private void addBlock(int first, int n) {
    gather(first, n);
    long queryBytes = attention.queries().offset(1);
    blocks.score(block.address(), n, queries, queryBytes, heads, scores, SCORE_BYTES);
    int rowsPerHead = Math.ceilDiv(BLOCK, heads);
    for (int h = 0; h < heads; h++) {
      prefetch(first + BLOCK + h * rowsPerHead, Math.min(rowsPerHead, BLOCK - h * rowsPerHead));
      weights(h, n);
    }
    blocks.add(block.address(), n, scores, SCORE_BYTES, heads, out, outStride);
  }

  private void gather(int first, int n) {
    Selection selection = attention.selection();
    for (int i = 0; i < n; i++) {
      int p = selection.position(token, first + i);
      blocks.gather(cached.page(p), cached.rowOffset(p), block, i);
    }
  }

  /**
   * The next block's rows lie anywhere in memory. They are asked for while this one's are used, a
   * few at a time, since a burst of requests would stall.
   */
  private void prefetch(int first, int rows) {
    Selection selection = attention.selection();
    int end = Math.min(first + rows, selection.count(token));
    for (int i = first; i < end; i++) {
      int p = selection.position(token, i);
      machine.prefetch(
          readable(cached.page(p), cached.rowOffset(p), cached.rowBytes()), cached.rowBytes());
    }
  }

  /** Turns a head's scores into exp(score − highest so far), its sums to the same scale. */
  private void weights(int h, int n) {
    long at = scores + (long) h * SCORE_BYTES;
    for (int i = n; i < BLOCK; i++) {
      ALL.set(
          ValueLayout.JAVA_FLOAT_UNALIGNED, at + (long) i * Float.BYTES, Float.NEGATIVE_INFINITY);
    }
    FloatVector max = FloatVector.broadcast(FLOATS, Float.NEGATIVE_INFINITY);
    for (int b = 0; b < SCORE_BYTES; b += STEP) {
      FloatVector score =
          FloatVector.fromMemorySegment(FLOATS, ALL, at + b, ORDER).mul(attention.scale());
      score.intoMemorySegment(ALL, at + b, ORDER);
      max = max.max(score);
    }
    float high = Math.max(highest[h], max.reduceLanes(VectorOperators.MAX));
    if (high > highest[h]) {
      float factor = (float) Math.exp(highest[h] - high);
      totals[h] *= factor;
      scale(out + h * outStride, factor);
      highest[h] = high;
    }
    FloatVector total = FloatVector.zero(FLOATS);
    for (int b = 0; b < SCORE_BYTES; b += STEP) {
      FloatVector e =
          Exponential.exp(FloatVector.fromMemorySegment(FLOATS, ALL, at + b, ORDER).sub(high));
      e.intoMemorySegment(ALL, at + b, ORDER);
      total = total.add(e);
    }
    totals[h] += LaneSums.sum(total);
  }

  private void scale(long row, float factor) {
    for (int b = 0; b < latentBytes; b += STEP) {
      FloatVector.fromMemorySegment(FLOATS, ALL, row + b, ORDER)
          .mul(factor)
          .intoMemorySegment(ALL, row + b, ORDER);
    }
  }
}
