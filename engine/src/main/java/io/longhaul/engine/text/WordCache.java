package io.longhaul.engine.text;

import java.util.Arrays;

/**
 * Remembers the tokens of short words. Direct-mapped and of fixed size, so it neither grows nor
 * needs a lock: an entry is immutable, and a racing reader sees the old one, the new one or none.
 */
final class WordCache {
  private static final int SLOTS = 1 << 14;

  /** Longer words are rare and would only displace others. */
  private static final int MAX_LENGTH = 64;

  private static final class Entry {
    final char[] word;
    final int[] tokens;

    Entry(char[] word, int[] tokens) {
      this.word = word;
      this.tokens = tokens;
    }
  }

  private final Entry[] entries = new Entry[SLOTS];

  private static int slot(int hash) {
    return (hash * 0x9E3779B9) >>> (32 - 14);
  }

  /** Appends the tokens of {@code text[from..to)} if they are known. */
  boolean get(char[] text, int from, int to, int hash, TokenBuffer out) {
    Entry entry = entries[slot(hash)];
    if (entry == null || !Arrays.equals(entry.word, 0, entry.word.length, text, from, to)) {
      return false;
    }
    out.add(entry.tokens, entry.tokens.length);
    return true;
  }

  void put(char[] text, int from, int to, int hash, int[] tokens) {
    if (to - from <= MAX_LENGTH) {
      entries[slot(hash)] = new Entry(Arrays.copyOfRange(text, from, to), tokens);
    }
  }
}
