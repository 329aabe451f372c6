package io.longhaul.engine.text;

import io.longhaul.engine.ModelException;

/**
 * Finds a token's id by its text: open addressing over {@link String#hashCode()}, so that a range
 * of a larger text, or two tokens side by side, are found without making a string of them.
 */
final class TokenTable {
  private final String[] tokens;

  /** Ids plus one; 0 is a free slot. */
  private final int[] slots;

  private final int shift;

  /** Powers of 31, the radix of String's hash. */
  private final int[] powers;

  /** No honest vocabulary comes near: it bounds the time that texts of one hash can cost. */
  private static final int MAX_PROBES = 4096;

  /**
   * @param source what error messages name: the file
   * @param field what error messages name: the place in the file
   * @param tokens the text of each id; null for an id that is never found
   * @throws ModelException if two ids have the same text
   */
  TokenTable(String source, String field, String[] tokens) {
    this.tokens = tokens;
    int capacity = Integer.highestOneBit(Math.max(8, tokens.length)) << 2;
    this.slots = new int[capacity];
    this.shift = Integer.numberOfLeadingZeros(capacity) + 1;
    int longest = 0;
    for (int id = 0; id < tokens.length; id++) {
      String token = tokens[id];
      if (token != null) {
        longest = Math.max(longest, token.length());
        insert(source, field, id, token);
      }
    }
    powers = new int[longest + 1];
    powers[0] = 1;
    for (int i = 1; i <= longest; i++) {
      powers[i] = powers[i - 1] * 31;
    }
  }

  private void insert(String source, String field, int id, String token) {
    int slot = slot(token.hashCode());
    int probes = 0;
    while (slots[slot] != 0) {
      if (tokens[slots[slot] - 1].equals(token)) {
        throw new ModelException(
            "%s: %s holds the token %s twice, as %d and as %d"
                .formatted(source, field, Texts.quote(token), slots[slot] - 1, id));
      }
      if (++probes > MAX_PROBES) {
        throw new ModelException(
            "%s: %s holds more than %d texts of one hash, up to token %d: it was made to be slow"
                .formatted(source, field, MAX_PROBES, id));
      }
      slot = next(slot);
    }
    slots[slot] = id + 1;
  }

  private int slot(int hash) {
    return (hash * 0x9E3779B9) >>> shift;
  }

  /** The hash of a text is the hash of its parts: {@code hash(a + b)}. */
  int concat(int leftHash, int rightHash, int rightLength) {
    return leftHash * powers[rightLength] + rightHash;
  }

  /** The length in UTF-16 units of the longest token. */
  int longest() {
    return powers.length - 1;
  }

  /** The id of a text, or -1. */
  int find(String text) {
    return find(text, 0, text.length(), text.hashCode());
  }

  /** The id of a part of a text, whose hash is known, or -1. */
  int find(String text, int from, int to, int hash) {
    for (int slot = slot(hash); slots[slot] != 0; slot = next(slot)) {
      int id = slots[slot] - 1;
      String token = tokens[id];
      if (token.length() == to - from && text.startsWith(token, from)) {
        return id;
      }
    }
    return -1;
  }

  /** The id of {@code text[from..to)}, whose hash is known, or -1. */
  int find(char[] text, int from, int to, int hash) {
    for (int slot = slot(hash); slots[slot] != 0; slot = next(slot)) {
      int id = slots[slot] - 1;
      if (equal(tokens[id], text, from, to)) {
        return id;
      }
    }
    return -1;
  }

  /** The id of the text of two tokens side by side, or -1. */
  int findPair(int left, int right) {
    String a = tokens[left];
    String b = tokens[right];
    int length = a.length() + b.length();
    if (length > longest()) {
      return -1;
    }
    int hash = concat(a.hashCode(), b.hashCode(), b.length());
    for (int slot = slot(hash); slots[slot] != 0; slot = next(slot)) {
      int id = slots[slot] - 1;
      String token = tokens[id];
      if (token.length() == length && token.startsWith(a) && token.endsWith(b)) {
        return id;
      }
    }
    return -1;
  }

  private int next(int slot) {
    return (slot + 1) & (slots.length - 1);
  }

  private static boolean equal(String token, char[] text, int from, int to) {
    if (token.length() != to - from) {
      return false;
    }
    for (int i = from; i < to; i++) {
      if (token.charAt(i - from) != text[i]) {
        return false;
      }
    }
    return true;
  }

  /** The hash of a part of a text: String's. */
  static int hash(String text, int from, int to) {
    int hash = 0;
    for (int i = from; i < to; i++) {
      hash = hash * 31 + text.charAt(i);
    }
    return hash;
  }

  /** The hash of {@code text[from..to)}: String's. */
  static int hash(char[] text, int from, int to) {
    int hash = 0;
    for (int i = from; i < to; i++) {
      hash = hash * 31 + text[i];
    }
    return hash;
  }
}
