package io.longhaul.engine.text.template;

/**
 * Finds a string in others, in linear time: Java's own search is quadratic for a long needle in an
 * adverse text, which a hostile template would use.
 */
final class Search {
  private static final int LONG = 32;

  private final String needle;
  private final Budget budget;

  /** Knuth, Morris and Pratt's: for each prefix, the length of its longest border. */
  private final int[] borders;

  Search(String needle, Budget budget) {
    this.needle = needle;
    this.budget = budget;
    this.borders = needle.length() < LONG ? null : borders(needle);
    if (borders != null) {
      budget.text(2L * needle.length());
    }
  }

  private static int[] borders(String needle) {
    int[] borders = new int[needle.length()];
    int length = 0;
    for (int i = 1; i < borders.length; i++) {
      while (length > 0 && needle.charAt(i) != needle.charAt(length)) {
        length = borders[length - 1];
      }
      if (needle.charAt(i) == needle.charAt(length)) {
        length++;
      }
      borders[i] = length;
    }
    return borders;
  }

  /** The first occurrence that starts at {@code from} or later, or -1. */
  int next(String text, int from) {
    int at = borders == null ? text.indexOf(needle, from) : find(text, from, text.length(), false);
    pay((at < 0 ? text.length() : at) - from);
    return at;
  }

  /** The last occurrence that ends at {@code to} or earlier, or -1. */
  int last(String text, int to) {
    if (borders == null) {
      int at = to < needle.length() ? -1 : text.lastIndexOf(needle, to - needle.length());
      pay(to - Math.max(at, 0));
      return at;
    }
    pay(to);
    return find(text, 0, to, true);
  }

  private void pay(long chars) {
    // What a short needle costs at worst grows with its length.
    budget.scan(borders == null ? chars * (1 + needle.length() / 8) : chars);
  }

  private int find(String text, int from, int to, boolean last) {
    int found = -1;
    int matched = 0;
    for (int i = from; i < to && (last || found < 0); i++) {
      while (matched > 0 && text.charAt(i) != needle.charAt(matched)) {
        matched = borders[matched - 1];
      }
      if (text.charAt(i) == needle.charAt(matched)) {
        matched++;
      }
      if (matched == needle.length()) {
        found = i - matched + 1;
        matched = borders[matched - 1];
      }
    }
    return found;
  }
}
