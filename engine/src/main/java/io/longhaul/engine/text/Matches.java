package io.longhaul.engine.text;

import java.util.Arrays;

/**
 * A stretch of text cut into consecutive segments, each of which either matches a pattern or lies
 * between two matches. Reused from stretch to stretch.
 */
final class Matches {
  int[] ends = new int[256];
  boolean[] matched = new boolean[256];
  int count;
  private int reached;

  void begin(int from) {
    count = 0;
    reached = from;
  }

  /** Adds a match, and before it the text since the last one. An empty match separates only. */
  void match(int from, int to) {
    if (from > reached) {
      add(from, false);
    }
    add(to, true);
  }

  /** Adds the text after the last match. */
  void finish(int to) {
    if (reached < to) {
      add(to, false);
    }
  }

  private void add(int end, boolean match) {
    if (count == ends.length) {
      ends = Arrays.copyOf(ends, count * 2);
      matched = Arrays.copyOf(matched, count * 2);
    }
    ends[count] = end;
    matched[count++] = match;
    reached = end;
  }
}
