package io.longhaul.engine.text;

/** The merges of a byte-pair vocabulary: pair of ids to rank and resulting id, open addressing. */
final class PairTable {
  /** Alternating: the complement of a pair, which is never 0, and {@code rank << 32 | id}. */
  private final long[] entries;

  private final int shift;

  PairTable(int expected) {
    int capacity = Integer.highestOneBit(Math.max(4, expected)) << 1;
    if (capacity < expected + expected / 2) {
      capacity <<= 1;
    }
    this.entries = new long[capacity * 2];
    this.shift = Long.numberOfLeadingZeros(capacity) + 1;
  }

  /**
   * Adds a merge.
   *
   * @param replace whether a merge of the same pair is replaced, or stays
   */
  void put(int left, int right, int rank, int id, boolean replace) {
    long key = key(left, right);
    int slot = slot(key);
    while (entries[slot] != 0 && entries[slot] != key) {
      slot = (slot + 2) & (entries.length - 1);
    }
    if (entries[slot] == 0 || replace) {
      entries[slot] = key;
      entries[slot + 1] = (long) rank << 32 | id;
    }
  }

  /** The merge of a pair as {@code rank << 32 | id}, or -1. */
  long find(int left, int right) {
    long key = key(left, right);
    int slot = slot(key);
    while (true) {
      long entry = entries[slot];
      if (entry == key) {
        return entries[slot + 1];
      }
      if (entry == 0) {
        return -1;
      }
      slot = (slot + 2) & (entries.length - 1);
    }
  }

  private static long key(int left, int right) {
    return ~((long) left << 32 | right);
  }

  private int slot(long key) {
    return (int) ((key * 0x9E3779B97F4A7C15L) >>> shift) << 1;
  }
}
