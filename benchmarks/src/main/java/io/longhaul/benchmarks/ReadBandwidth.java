package io.longhaul.benchmarks;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** How fast memory can be read: by adding it all up, as longs, in order. */
final class ReadBandwidth {
  private static final VectorSpecies<Long> SPECIES = LongVector.SPECIES_PREFERRED;
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();

  /** Vectors of a step, a sum for each: more loads are under way than one sum would wait for. */
  private static final int UNROLL = 4;

  /** Bytes of a step; what is read is whole steps. */
  static final long STEP = (long) UNROLL * SPECIES.vectorByteSize();

  private ReadBandwidth() {}

  /**
   * Bytes a second, the best of some passes over the memory, cut into a part for each thread.
   *
   * @param memory parts of whole {@link #STEP}s
   */
  static double measure(MemorySegment memory, int threads, int passes) {
    long part = memory.byteSize() / threads / STEP * STEP;
    double best = 0;
    long expected = 0;
    try (ExecutorService team = Executors.newFixedThreadPool(threads)) {
      for (int pass = 0; pass < passes; pass++) {
        long start = System.nanoTime();
        long sum = sum(memory, part, threads, team);
        best = Math.max(best, part * threads * 1e9 / (System.nanoTime() - start));
        if (pass > 0 && sum != expected) {
          throw new IllegalStateException(
              "two passes over the same memory add up to different sums");
        }
        expected = sum;
      }
    }
    return best;
  }

  private static long sum(MemorySegment memory, long part, int threads, ExecutorService team) {
    List<Future<Long>> sums = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      MemorySegment mine = memory.asSlice(i * part, part);
      sums.add(team.submit(() -> sum(mine)));
    }
    long sum = 0;
    for (Future<Long> each : sums) {
      try {
        sum += each.get();
      } catch (ExecutionException e) {
        throw new IllegalStateException(e.getCause());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException(e);
      }
    }
    return sum;
  }

  /** The sum of the longs, modulo 2⁶⁴. */
  static long sum(MemorySegment memory) {
    LongVector a = LongVector.zero(SPECIES);
    LongVector b = a;
    LongVector c = a;
    LongVector d = a;
    int width = SPECIES.vectorByteSize();
    for (long at = 0; at < memory.byteSize(); at += STEP) {
      a = a.add(LongVector.fromMemorySegment(SPECIES, memory, at, ORDER));
      b = b.add(LongVector.fromMemorySegment(SPECIES, memory, at + width, ORDER));
      c = c.add(LongVector.fromMemorySegment(SPECIES, memory, at + 2L * width, ORDER));
      d = d.add(LongVector.fromMemorySegment(SPECIES, memory, at + 3L * width, ORDER));
    }
    return a.add(b).add(c.add(d)).reduceLanes(VectorOperators.ADD);
  }
}
