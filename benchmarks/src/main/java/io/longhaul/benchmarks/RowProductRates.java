package io.longhaul.benchmarks;

import io.longhaul.engine.kernel.Compute;
import io.longhaul.engine.kernel.KernelChoice;
import io.longhaul.engine.kernel.Weights;
import io.longhaul.engine.tensor.FloatMatrix;
import io.longhaul.engine.tensor.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Locale;
import java.util.SplittableRandom;

/**
 * Bytes of weights that one thread gets through in a second of its own time, for each type: the
 * product of a matrix and one token. The plan's predictions rest on it. Time of the thread, not of
 * the clock, so that what else runs on the machine counts little.
 */
public final class RowProductRates {
  private static final int ROWS = 4096;
  private static final int COLUMNS = 2048;
  private static final long ROUND_NANOS = 100_000_000;
  private static final int ROUNDS = 25;

  private RowProductRates() {}

  /** Prints a line for each type of weights. */
  public static void main(String[] args) {
    SplittableRandom random = new SplittableRandom(1);
    try (Compute compute = new Compute(KernelChoice.AUTO.create(), 1);
        Arena arena = Arena.ofConfined()) {
      FloatMatrix x = FloatMatrix.allocate(arena, 1, COLUMNS);
      FloatMatrix y = FloatMatrix.allocate(arena, 1, ROWS);
      for (int c = 0; c < COLUMNS; c++) {
        x.set(0, c, (float) random.nextDouble(-1, 1));
      }
      for (TensorType type : RandomWeights.types()) {
        double rate = rate(compute, weights(type, arena, random), x, y);
        System.out.printf(Locale.ROOT, "%-8s %6.2f GB/s%n", type, rate / 1e9);
      }
    }
  }

  private static Weights weights(TensorType type, Arena arena, SplittableRandom random) {
    MemorySegment data = RandomWeights.bytes(type.bytes((long) ROWS * COLUMNS), arena, random);
    return RandomWeights.fill(data, type, ROWS, COLUMNS, arena).getFirst();
  }

  private static double rate(Compute compute, Weights weights, FloatMatrix x, FloatMatrix y) {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    double best = 0;
    for (int round = 0; round < ROUNDS; round++) {
      long start = threads.getCurrentThreadCpuTime();
      long nanos = 0;
      long bytes = 0;
      while (nanos < ROUND_NANOS) {
        compute.multiply(weights, x, 1, y);
        bytes += weights.data().byteSize();
        nanos = threads.getCurrentThreadCpuTime() - start;
      }
      best = Math.max(best, bytes * 1e9 / nanos);
    }
    return best;
  }
}
