package io.longhaul.engine.text;

import java.util.BitSet;

/**
 * Where a text for a vocabulary with U+2581 for spaces can be cut without a difference in its
 * tokens: before a U+2581, unless some token holds the character before it and it side by side.
 * Merging only ever makes tokens, so no merge crosses such a cut.
 */
final class WordBoundary {
  static final char SPACE = '\u2581';

  /** The characters that some token has before a U+2581. */
  private final BitSet crossing = new BitSet();

  WordBoundary() {
    crossing.set(SPACE);
  }

  /** Takes a token into account. */
  void add(String token) {
    for (int i = token.indexOf(SPACE, 1); i >= 0; i = token.indexOf(SPACE, i + 1)) {
      crossing.set(token.charAt(i - 1));
    }
  }

  /** The end of the word that begins at {@code from}. */
  int next(char[] text, int from, int to) {
    for (int i = from + 1; i < to; i++) {
      if (text[i] == SPACE && !crossing.get(text[i - 1])) {
        return i;
      }
    }
    return to;
  }
}
