package io.longhaul.engine.plan;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * How fast memory can be read, measured: each thread walks through memory of its own, together more
 * than caches hold, and takes one number of each cache line, since memory moves whole lines.
 *
 * @param threads that read
 * @param bytesPerSecond median of the rounds, all threads together
 * @param rounds that were measured
 */
public record MemoryBandwidth(int threads, double bytesPerSecond, int rounds) {
  private static final long LINE = 64;

  /** Lines that one step of the loop takes. */
  private static final long STEP = 8 * LINE;

  private static final long SMALLEST_SHARE = 64L << 20;
  private static final long TOTAL = 512L << 20;
  private static final int FEWEST_ROUNDS = 3;
  private static final int MOST_ROUNDS = 15;

  /** The first rounds run before the JIT compiler has seen the loop. */
  private static final int WARM_UP_ROUNDS = 2;

  private static final long NANOS = 300_000_000;

  /**
   * Measures for about half a second.
   *
   * @param threads that read at the same time
   * @param memory bytes that may be taken for a moment; an eighth is
   */
  public static MemoryBandwidth measure(int threads, long memory) {
    long share =
        Math.min(Math.max(TOTAL / threads, SMALLEST_SHARE), memory / 8 / threads) / STEP * STEP;
    return measureShares(threads, Math.max(STEP, share));
  }

  private static MemoryBandwidth measureShares(int threads, long share) {
    try (Arena arena = Arena.ofShared();
        ExecutorService team = Executors.newFixedThreadPool(threads)) {
      // A thread that first writes to its memory gets it close to its processor.
      List<Callable<MemorySegment>> allocations = new ArrayList<>();
      for (int thread = 0; thread < threads; thread++) {
        allocations.add(() -> arena.allocate(share, LINE));
      }
      List<MemorySegment> shares = all(team, allocations);
      List<Callable<Long>> readers = new ArrayList<>();
      for (MemorySegment memory : shares) {
        readers.add(() -> read(memory));
      }
      double[] rates = new double[MOST_ROUNDS];
      int rounds = 0;
      long begin = System.nanoTime();
      for (int round = -WARM_UP_ROUNDS; rounds < MOST_ROUNDS; round++) {
        long start = System.nanoTime();
        List<Long> read = all(team, readers);
        long nanos = System.nanoTime() - start;
        if (round >= 0) {
          rates[rounds++] = sum(read, share) * 1e9 / Math.max(1, nanos);
        }
        if (rounds >= FEWEST_ROUNDS && System.nanoTime() - begin > NANOS) {
          break;
        }
      }
      Arrays.sort(rates, 0, rounds);
      return new MemoryBandwidth(threads, rates[rounds / 2], rounds);
    }
  }

  /** The bytes read. That it looks at what was read keeps the JIT compiler from leaving it out. */
  private static double sum(List<Long> read, long share) {
    double bytes = 0;
    for (long bits : read) {
      bytes += bits == 0 ? share : Double.NaN;
    }
    return bytes;
  }

  /** All bits of the lines' first numbers; the memory is zeros. */
  static long read(MemorySegment memory) {
    long bits = 0;
    for (long at = 0; at < memory.byteSize(); at += STEP) {
      bits |=
          word(memory, at)
              | word(memory, at + LINE)
              | word(memory, at + 2 * LINE)
              | word(memory, at + 3 * LINE)
              | word(memory, at + 4 * LINE)
              | word(memory, at + 5 * LINE)
              | word(memory, at + 6 * LINE)
              | word(memory, at + 7 * LINE);
    }
    return bits;
  }

  private static long word(MemorySegment memory, long at) {
    return memory.get(ValueLayout.JAVA_LONG, at);
  }

  private static <T> List<T> all(ExecutorService team, List<Callable<T>> work) {
    try {
      List<T> results = new ArrayList<>();
      for (Future<T> result : team.invokeAll(work)) {
        results.add(result.get());
      }
      return results;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while memory bandwidth was measured", e);
    } catch (ExecutionException e) {
      throw new IllegalStateException("memory bandwidth cannot be measured", e.getCause());
    }
  }
}
