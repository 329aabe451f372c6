package io.longhaul.engine.text;

import java.util.Arrays;

/**
 * Merges neighbouring symbols, always the pair of the lowest rank and of these the leftmost, until
 * no pair has a rank: byte-pair encoding (Sennrich et al. 2016), and SentencePiece's form of it,
 * where a pair's rank comes from the score of the token it makes.
 *
 * <p>Short words scan all pairs for each merge. Long ones keep the pairs in a heap and the symbols
 * in a doubly linked list: O(n log n). A heap entry is not removed when its pair disappears; it is
 * stale, and recognized by the rank that its place has now.
 */
abstract class Merger {
  private static final int SHORT = 24;
  private static final long NONE = Long.MAX_VALUE;

  /** The symbols: ids, or whatever the subclass makes of an index. */
  int[] ids = new int[64];

  int count;

  /** {@code rank << 32 | id} of the pair that begins at each symbol, or {@link #NONE}. */
  private long[] pairs = new long[64];

  private int[] previous = new int[0];
  private int[] next = new int[0];
  private long[] heap = new long[0];
  private int heapSize;

  /**
   * The merge of two neighbours as {@code rank << 32 | id}, or -1 if they do not merge. Ranks are
   * signed and lower ones are merged first.
   */
  abstract long pair(int left, int right);

  /** The symbols at the indices are one now, at the left index. */
  void merged(int left, int right) {}

  /** Symbol {@code from} moves to index {@code to}. */
  void moved(int from, int to) {}

  void begin() {
    count = 0;
  }

  void add(int id) {
    if (count == ids.length) {
      resize(count * 2);
    }
    ids[count++] = id;
  }

  /** Makes room for symbols. */
  void resize(int capacity) {
    ids = Arrays.copyOf(ids, capacity);
  }

  /** Merges; what is left are the first {@link #count} symbols. */
  void merge() {
    if (count < 2) {
      return;
    }
    if (pairs.length < ids.length) {
      pairs = new long[ids.length];
    }
    for (int i = 0; i + 1 < count; i++) {
      pairs[i] = rank(i, i + 1);
    }
    pairs[count - 1] = NONE;
    if (count <= SHORT) {
      mergeShort();
    } else {
      mergeLong();
    }
  }

  private long rank(int left, int right) {
    long pair = pair(left, right);
    return pair == -1 ? NONE : pair;
  }

  private void mergeShort() {
    while (true) {
      long best = NONE;
      int at = -1;
      for (int i = 0; i + 1 < count; i++) {
        if (pairs[i] != NONE && (at < 0 || pairs[i] >> 32 < best >> 32)) {
          best = pairs[i];
          at = i;
        }
      }
      if (at < 0) {
        return;
      }
      ids[at] = (int) best;
      merged(at, at + 1);
      for (int i = at + 2; i < count; i++) {
        ids[i - 1] = ids[i];
        pairs[i - 1] = pairs[i];
        moved(i, i - 1);
      }
      count--;
      pairs[at] = at + 1 < count ? rank(at, at + 1) : NONE;
      if (at > 0) {
        pairs[at - 1] = rank(at - 1, at);
      }
    }
  }

  private void mergeLong() {
    if (next.length < count) {
      next = new int[ids.length];
      previous = new int[ids.length];
    }
    if (heap.length < count) {
      heap = new long[ids.length];
    }
    heapSize = 0;
    for (int i = 0; i < count; i++) {
      previous[i] = i - 1;
      next[i] = i + 1;
      if (pairs[i] != NONE) {
        heap[heapSize++] = key(pairs[i], i);
      }
    }
    for (int i = heapSize / 2 - 1; i >= 0; i--) {
      sink(i);
    }
    while (heapSize > 0) {
      long key = heap[0];
      heap[0] = heap[--heapSize];
      sink(0);
      int at = (int) key;
      if (pairs[at] == NONE || pairs[at] >> 32 != key >> 32) {
        continue;
      }
      int gone = next[at];
      ids[at] = (int) pairs[at];
      merged(at, gone);
      pairs[gone] = NONE;
      next[at] = next[gone];
      if (next[at] < count) {
        previous[next[at]] = at;
      }
      update(at, next[at]);
      if (previous[at] >= 0) {
        update(previous[at], at);
      }
    }
    int kept = 0;
    for (int i = 0; i < count; i = next[i]) {
      if (i != kept) {
        ids[kept] = ids[i];
        moved(i, kept);
      }
      kept++;
    }
    count = kept;
  }

  private void update(int left, int right) {
    long pair = right < count ? rank(left, right) : NONE;
    pairs[left] = pair;
    if (pair != NONE) {
      if (heapSize == heap.length) {
        heap = Arrays.copyOf(heap, heapSize * 2);
      }
      rise(heapSize++, key(pair, left));
    }
  }

  private static long key(long pair, int at) {
    return (pair >> 32 << 32) | at;
  }

  private void rise(int start, long key) {
    int at = start;
    while (at > 0) {
      int parent = (at - 1) >>> 1;
      if (heap[parent] <= key) {
        break;
      }
      heap[at] = heap[parent];
      at = parent;
    }
    heap[at] = key;
  }

  private void sink(int start) {
    int at = start;
    long key = heap[at];
    while (true) {
      int child = 2 * at + 1;
      if (child >= heapSize) {
        break;
      }
      if (child + 1 < heapSize && heap[child + 1] < heap[child]) {
        child++;
      }
      if (heap[child] >= key) {
        break;
      }
      heap[at] = heap[child];
      at = child;
    }
    heap[at] = key;
  }
}
