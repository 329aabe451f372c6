package io.longhaul.engine.text;

import java.util.Arrays;

/** A growing list of token ids. */
final class TokenBuffer {
  private int[] ids = new int[64];
  private int size;

  void add(int id) {
    if (size == ids.length) {
      ids = Arrays.copyOf(ids, size * 2);
    }
    ids[size++] = id;
  }

  void add(int[] more, int count) {
    if (size + count > ids.length) {
      ids = Arrays.copyOf(ids, Math.max(Math.multiplyExact(ids.length, 2), size + count));
    }
    System.arraycopy(more, 0, ids, size, count);
    size += count;
  }

  int size() {
    return size;
  }

  /** The ids from position {@code from} on. */
  int[] from(int from) {
    return Arrays.copyOfRange(ids, from, size);
  }

  int[] toArray() {
    return Arrays.copyOf(ids, size);
  }
}
