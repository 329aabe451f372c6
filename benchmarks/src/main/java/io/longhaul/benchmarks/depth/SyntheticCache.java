package io.longhaul.benchmarks.depth;

import io.longhaul.engine.cache.KvCache;
import io.longhaul.engine.tensor.FloatMatrix;
import java.lang.foreign.Arena;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * Fills a cache with made-up tokens, in seconds where a prefill would take hours.
 *
 * <p>What models cache is normed, so each element is drawn with deviation 1. A row is a window of
 * one long random sequence at a place of its own: no two positions are equal, which would give them
 * equal scores.
 */
final class SyntheticCache implements AutoCloseable {
  private static final int SEQUENCE = 1 << 22;

  private final Arena arena = Arena.ofShared();
  private final FloatMatrix sequence = FloatMatrix.allocate(arena, 1, SEQUENCE);

  SyntheticCache() {
    var random = new SplittableRandom(1);
    for (int i = 0; i < SEQUENCE; i++) {
      sequence.set(0, i, (float) random.nextGaussian());
    }
  }

  /** Makes the cache {@code depth} tokens long, those that it has included. */
  void fill(KvCache cache, int depth) {
    int first = cache.length();
    cache.reserve(depth - first);
    var planes = cache.layout().planes();
    IntStream.range(first, depth)
        .parallel()
        .forEach(
            position -> {
              for (int plane = 0; plane < planes.size(); plane++) {
                int width = planes.get(plane).rows() * planes.get(plane).columns();
                cache.write(plane, position, sequence, 0, start(plane, position, width));
              }
            });
    cache.advance(depth - first);
  }

  /** Where a row starts: an odd multiplier takes the positions to different places. */
  private static int start(int plane, int position, int width) {
    int mixed = (position + plane * 0x3C6EF35) * 0x9E3779B1;
    return (int) (((mixed & 0xFFFFFFFFL) * (SEQUENCE - width)) >>> Integer.SIZE);
  }

  @Override
  public void close() {
    arena.close();
  }
}
