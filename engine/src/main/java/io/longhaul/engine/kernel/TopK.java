package io.longhaul.engine.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * The positions of the k highest of many scores: exact, in time linear in their number. Of equal
 * scores at the cut the lowest positions win.
 *
 * <p>A sample gives a bound that a little more than k scores are expected to reach (Floyd and
 * Rivest 1975). One scan keeps those that do; if they are k or more, the k highest are among them.
 * If not, or if too many reach it, a search over the bits of all scores decides.
 */
public final class TopK {
  private static final int SAMPLE = 1024;

  /** The sample of many scores, of which a small one would hold too few of the highest. */
  private static final int LARGE_SAMPLE = 4096;

  private static final int MANY = 1 << 18;

  /** Scores that are worked on at a time, copied to the heap, where loops over them are plain. */
  private static final int BLOCK = 4096;

  private static final int DIGIT_BITS = 11;
  private static final int DIGITS = 1 << DIGIT_BITS;

  private final float[] block = new float[BLOCK];
  private final int[] histogram = new int[DIGITS];
  private final float[] sample = new float[LARGE_SAMPLE];
  private int[] candidates = new int[0];
  private int[] candidateKeys = new int[0];
  private MemorySegment scores = MemorySegment.NULL;
  private int count;

  /**
   * Takes the scores to choose from.
   *
   * @param floats in native order
   */
  public void scores(MemorySegment floats, int scoreCount) {
    scores = floats;
    count = scoreCount;
  }

  /**
   * Writes the positions of the k highest scores in ascending order.
   *
   * @throws IllegalArgumentException if there are fewer than k
   */
  void select(int k, int[] out, int from) {
    if (k > count) {
      throw new IllegalArgumentException(k + " of " + count + " scores");
    }
    int most = 4 * k;
    if (candidates.length < most) {
      candidates = new int[most];
      candidateKeys = new int[most];
    }
    int kept =
        collect(count > most && count >= 2 * SAMPLE ? bound(k) : Float.NEGATIVE_INFINITY, most);
    if (kept < k || kept > most) {
      selectFromAll(k, out, from);
    } else {
      selectFromCandidates(kept, k, out, from);
    }
  }

  /** A score that, going by a sample, somewhat more than k scores reach. */
  private float bound(int k) {
    int size = count < MANY ? SAMPLE : LARGE_SAMPLE;
    long step = count / size;
    for (int i = 0; i < size; i++) {
      sample[i] = scores.get(ValueLayout.JAVA_FLOAT, i * step * Float.BYTES);
    }
    Arrays.sort(sample, 0, size);
    double expected = (double) size * k / count;
    int rank = (int) (expected + 3 * Math.sqrt(expected) + 1);
    return rank < size ? sample[size - 1 - rank] : Float.NEGATIVE_INFINITY;
  }

  /** Keeps the positions whose scores reach the bound; returns how many, at most one too many. */
  private int collect(float bound, int most) {
    int kept = 0;
    for (int first = 0; first < count; first += BLOCK) {
      int n = load(first);
      for (int i = 0; i < n; i++) {
        if (block[i] >= bound) {
          if (kept == most) {
            return most + 1;
          }
          candidates[kept] = first + i;
          candidateKeys[kept++] = key(block[i]);
        }
      }
    }
    return kept;
  }

  private int load(int first) {
    int n = Math.min(BLOCK, count - first);
    MemorySegment.copy(scores, ValueLayout.JAVA_FLOAT, (long) first * Float.BYTES, block, 0, n);
    return n;
  }

  /** An int whose unsigned order is that of the floats, with −0 equal to 0. */
  private static int key(float score) {
    int bits = Float.floatToRawIntBits(score + 0f);
    return bits ^ (bits >> 31 | 0x8000_0000);
  }

  private void selectFromCandidates(int kept, int k, int[] out, int from) {
    Cut cut = new Cut(k);
    for (int digit = 0; digit < Cut.SHIFTS.length; digit++) {
      Arrays.fill(histogram, 0);
      for (int i = 0; i < kept; i++) {
        cut.count(candidateKeys[i], digit, histogram);
      }
      cut.narrow(digit, histogram);
    }
    int chosen = from;
    for (int i = 0; i < kept; i++) {
      if (cut.takes(candidateKeys[i])) {
        out[chosen++] = candidates[i];
      }
    }
  }

  private void selectFromAll(int k, int[] out, int from) {
    Cut cut = new Cut(k);
    for (int digit = 0; digit < Cut.SHIFTS.length; digit++) {
      Arrays.fill(histogram, 0);
      for (int first = 0; first < count; first += BLOCK) {
        int n = load(first);
        for (int i = 0; i < n; i++) {
          cut.count(key(block[i]), digit, histogram);
        }
      }
      cut.narrow(digit, histogram);
    }
    int chosen = from;
    for (int first = 0; first < count; first += BLOCK) {
      int n = load(first);
      for (int i = 0; i < n; i++) {
        if (cut.takes(key(block[i]))) {
          out[chosen++] = first + i;
        }
      }
    }
  }

  /** Finds the k-th highest key a digit at a time, from the highest digit on. */
  private static final class Cut {
    /** Where the digits of 11, 11 and 10 bits begin. */
    static final int[] SHIFTS = {21, 10, 0};

    private static final int[] MASKS = {DIGITS - 1, DIGITS - 1, DIGITS / 2 - 1};

    private int prefix;
    private int known;

    /** How many keys that begin like the cut are taken. */
    private int left;

    Cut(int k) {
      left = k;
    }

    void count(int key, int digit, int[] histogram) {
      if ((key & known) == prefix) {
        histogram[key >>> SHIFTS[digit] & MASKS[digit]]++;
      }
    }

    void narrow(int digit, int[] histogram) {
      int value = MASKS[digit];
      while (histogram[value] < left) {
        left -= histogram[value--];
      }
      prefix |= value << SHIFTS[digit];
      known |= MASKS[digit] << SHIFTS[digit];
    }

    /** Called for all keys in order: takes those above the cut, and of those at it the first. */
    boolean takes(int key) {
      if (key == prefix) {
        return left-- > 0;
      }
      return Integer.compareUnsigned(key, prefix) > 0;
    }
  }
}
