package io.longhaul.engine.kernel.vector;

import static io.longhaul.engine.kernel.vector.NativeMemory.ALL;
import static io.longhaul.engine.kernel.vector.NativeMemory.readable;
import static io.longhaul.engine.kernel.vector.NativeMemory.writable;
import static io.longhaul.engine.kernel.vector.VectorWidth.FLOATS;

import io.longhaul.engine.kernel.IndexScores;
import io.longhaul.engine.kernel.PlanePages;
import io.longhaul.engine.kernel.Scratch;
import io.longhaul.engine.kernel.Scratch.Slot;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Optional;
import jdk.incubator.vector.FloatVector;

/**
 * The indexer's scores of a page's positions. Keys lie in columns, so a vector holds one dimension
 * of as many positions, and neither the dots nor the sum over heads cross lanes.
 */
final class VectorIndexScores {
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();
  private static final int STEP = FLOATS.length() * Float.BYTES;

  private VectorIndexScores() {}

  static void score(IndexScores scores, int token, int page, MachineCode machine, Scratch scratch) {
    PlanePages keys = scores.keys();
    int heads = scores.heads();
    int headDim = scores.headDim();
    int positions = keys.pageSize();
    int rowBytes = positions * Float.BYTES;
    var queries = scores.queries();
    long headBytes = (long) headDim * Float.BYTES;
    long query = readable(queries.segment(), queries.offset(token), heads * headBytes);
    var weights = scores.weights();
    long weight = readable(weights.segment(), weights.offset(token), (long) heads * Float.BYTES);
    var out = scores.out();
    long to = writable(out.segment(), (long) page * rowBytes, rowBytes);
    Optional<MachineCode.PageScores> code = machine.pageScores(scores);
    if (code.isPresent()) {
      long bytes = keys.type().bytes((long) headDim * positions);
      long at = readable(keys.pages().get(page), keys.offset(), bytes);
      int next = Math.min(page + 1, keys.pages().size() - 1);
      long nextAt = readable(keys.pages().get(next), keys.offset(), bytes);
      code.get().score(at, query, weight, to, nextAt);
      return;
    }
    MemorySegment columns = scratch.get(Slot.KEYS, (long) headDim * rowBytes);
    VectorDecoders.of(keys.type())
        .decode(keys.pages().get(page), keys.offset(), headDim * positions, columns, 0);
    MemorySegment dots = scratch.get(Slot.SCORES, (long) heads * rowBytes);
    dots.fill((byte) 0);
    // Half a page's keys stay in the first-level cache while all heads pass over them.
    int half = rowBytes / 2;
    for (int part = 0; part < rowBytes; part += half) {
      Combination.add(
          new FloatRows(query, headBytes),
          heads,
          headDim,
          new FloatRows(columns.address() + part, rowBytes),
          half,
          new FloatRows(dots.address() + part, rowBytes));
    }
    for (int b = 0; b < rowBytes; b += STEP) {
      sumHeads(dots.address() + b, rowBytes, weight, heads, to + b);
    }
  }

  /** {@code Σ_h w[h] · relu(dot[h])} of a vector of positions. */
  private static void sumHeads(long dots, int rowBytes, long weights, int heads, long to) {
    FloatVector sum = FloatVector.zero(FLOATS);
    for (int h = 0; h < heads; h++) {
      FloatVector dot =
          FloatVector.fromMemorySegment(FLOATS, ALL, dots + (long) h * rowBytes, ORDER);
      float weight = ALL.get(ValueLayout.JAVA_FLOAT_UNALIGNED, weights + (long) h * Float.BYTES);
      sum = dot.max(0f).fma(FloatVector.broadcast(FLOATS, weight), sum);
    }
    sum.intoMemorySegment(ALL, to, ORDER);
  }
}
