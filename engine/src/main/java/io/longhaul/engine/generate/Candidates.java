package io.longhaul.engine.generate;

import java.util.Arrays;

/**
 * Tokens in order of falling logit, ties by id.
 *
 * <p>A sort of a quarter of a million logits would cost as much as a small model's forward pass, so
 * only as many are sorted as a cut looks at.
 */
final class Candidates {
  private static final int FIRST_SORT = 256;

  /**
   * Each token as one number: the logit's order in the upper half, the inverted id in the lower, so
   * that falling numbers are falling logits with ties by rising id.
   */
  private final long[] keys;

  private final float[] logits;
  private final int size;
  private int sorted;

  private Candidates(float[] logits, int count) {
    this.logits = logits;
    keys = new long[logits.length];
    for (int i = 0; i < logits.length; i++) {
      int bits = Float.floatToIntBits(logits[i]);
      int order = bits >= 0 ? bits : bits ^ Integer.MAX_VALUE;
      keys[i] = ~(((long) order << 32) | (~i & 0xFFFFFFFFL));
    }
    size = count;
  }

  /** The {@code topK} largest; all for 0. */
  static Candidates of(float[] logits, int topK) {
    int count = topK == 0 ? logits.length : Math.min(topK, logits.length);
    return new Candidates(logits, count);
  }

  /** The token of a rank; the most likely one has rank 0. */
  int token(int rank) {
    if (rank >= sorted) {
      sortTo(Math.min(size, Math.max(rank + 1, Math.max(FIRST_SORT, 8 * sorted))));
    }
    return ~(int) ~keys[rank];
  }

  private double logit(int rank) {
    return logits[token(rank)];
  }

  /** How many of the most likely tokens reach the probability {@code p} together. */
  int nucleus(double p) {
    if (p >= 1) {
      return size;
    }
    double max = logit(0);
    double total = 0;
    if (size == logits.length) {
      for (float logit : logits) {
        total += Math.exp(logit - max);
      }
    } else {
      for (int i = 0; i < size; i++) {
        total += Math.exp(logit(i) - max);
      }
    }
    double sum = 0;
    for (int i = 0; i < size; i++) {
      sum += Math.exp(logit(i) - max);
      if (sum >= p * total) {
        return i + 1;
      }
    }
    return size;
  }

  /** How many of the first {@code kept} are at least {@code p} times as likely as the first. */
  int atLeast(double p, int kept) {
    if (p == 0) {
      return kept;
    }
    double least = logit(0) + Math.log(p);
    int n = 1;
    while (n < kept && logit(n) >= least) {
      n++;
    }
    return n;
  }

  /**
   * The token at a point of the cumulated distribution of the first {@code kept}.
   *
   * @param point from 0 to below 1
   */
  int draw(int kept, double temperature, double point) {
    double max = logit(0);
    double total = 0;
    if (kept == logits.length) {
      for (float logit : logits) {
        total += Math.exp((logit - max) / temperature);
      }
    } else {
      for (int i = 0; i < kept; i++) {
        total += Math.exp((logit(i) - max) / temperature);
      }
    }
    double sum = 0;
    for (int i = 0; i < kept; i++) {
      sum += Math.exp((logit(i) - max) / temperature);
      if (sum > point * total) {
        return token(i);
      }
    }
    return token(kept - 1);
  }

  /** Sorts the first {@code n} of all into place; those before {@code sorted} are already. */
  private void sortTo(int n) {
    select(sorted, keys.length - 1, n - 1);
    Arrays.sort(keys, sorted, n);
    sorted = n;
  }

  /** Quickselect (Hoare 1961): keys up to index {@code k} are no larger than those after it. */
  private void select(int from, int to, int k) {
    int low = from;
    int high = to;
    while (low < high) {
      long pivot = median(keys[low], keys[(low + high) >>> 1], keys[high]);
      int i = low;
      int j = high;
      while (i <= j) {
        while (keys[i] < pivot) {
          i++;
        }
        while (keys[j] > pivot) {
          j--;
        }
        if (i <= j) {
          long swapped = keys[i];
          keys[i++] = keys[j];
          keys[j--] = swapped;
        }
      }
      if (k <= j) {
        high = j;
      } else if (k >= i) {
        low = i;
      } else {
        return;
      }
    }
  }

  private static long median(long a, long b, long c) {
    return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
  }
}
