package io.longhaul.engine.text;

import java.util.List;

/**
 * A regular expression without nesting: alternatives, each a sequence of quantified character
 * classes, look-aheads of one character and, at the end, a choice of short words. Leftmost match,
 * first alternative that fits, greedy with backtracking, as Perl, Oniguruma and java.util.regex
 * have it.
 *
 * <p>The matcher is a loop over the elements of an alternative with one position per element, so it
 * needs no stack whatever the text, which java.util.regex cannot promise. The first character
 * selects the alternatives worth trying.
 */
final class FlatRegex implements Splitter {
  enum Kind {
    /** A character class, {@code min} to {@code max} times. */
    RUN,
    /** The next character exists and is in the class. */
    AHEAD,
    /** The next character does not exist or is not in the class. */
    NOT_AHEAD,
    /** The end of the text or of a line. */
    LINE_END,
    /** One of several words, each a sequence of classes; with {@code min} 0 or none of them. */
    WORDS
  }

  /** One element of an alternative. */
  static final class Element {
    final Kind kind;
    final CharClass chars;
    final int min;
    final int max;

    /** Whether what was taken is never given back. */
    final boolean possessive;

    /** For {@link Kind#WORDS}, in order of preference. */
    private final CharClass[][] words;

    private Element(
        Kind kind, CharClass chars, int min, int max, boolean possessive, CharClass[][] words) {
      this.kind = kind;
      this.chars = chars;
      this.min = min;
      this.max = max;
      this.possessive = possessive;
      this.words = words;
    }

    static Element run(CharClass chars, int min, int max, boolean possessive) {
      return new Element(Kind.RUN, chars, min, max, possessive, null);
    }

    static Element ahead(Kind kind, CharClass chars) {
      return new Element(kind, chars, 1, 1, false, null);
    }

    static Element lineEnd() {
      return new Element(Kind.LINE_END, null, 1, 1, false, null);
    }

    static Element words(CharClass[][] words, boolean optional) {
      return new Element(Kind.WORDS, null, optional ? 0 : 1, 1, false, words);
    }

    /** Whether a match of this element may begin with the character. */
    private boolean accepts(int codePoint) {
      return switch (kind) {
        case RUN -> chars.contains(codePoint);
        case WORDS -> {
          for (CharClass[] word : words) {
            if (word[0].contains(codePoint)) {
              yield true;
            }
          }
          yield false;
        }
        case AHEAD, NOT_AHEAD, LINE_END -> true;
      };
    }
  }

  private final Element[][] alternatives;
  private final int longest;

  /** Bit {@code i} of entry {@code c}: alternative {@code i} may match at the ASCII character. */
  private final int[] asciiStarts = new int[128];

  /** A pattern that, failing at the start of a run of this class, fails in all of it; or null. */
  private final CharClass hopelessRun;

  FlatRegex(List<List<Element>> alternatives) {
    this.alternatives = new Element[alternatives.size()][];
    int most = 0;
    for (int i = 0; i < this.alternatives.length; i++) {
      this.alternatives[i] = alternatives.get(i).toArray(new Element[0]);
      most = Math.max(most, this.alternatives[i].length);
      for (int c = 0; c < 128; c++) {
        if (mayStart(this.alternatives[i], c)) {
          asciiStarts[c] |= 1 << i;
        }
      }
    }
    this.longest = most;
    Element first = this.alternatives[0][0];
    // Backtracking over \s+ in \s+$ from every start would be quadratic in the run's length.
    this.hopelessRun =
        this.alternatives.length == 1
                && first.kind == Kind.RUN
                && first.min == 1
                && first.max == Integer.MAX_VALUE
            ? first.chars
            : null;
  }

  /** The most alternatives that a pattern may have: one bit of an int for each. */
  static final int MAX_ALTERNATIVES = 32;

  private static boolean mayStart(Element[] alternative, int codePoint) {
    for (Element element : alternative) {
      if (element.accepts(codePoint)) {
        return true;
      }
      if (element.min > 0) {
        return false;
      }
    }
    return true;
  }

  @Override
  public void find(char[] text, int from, int to, Matches out) {
    out.begin(from);
    int[] reached = new int[longest];
    int[] least = new int[longest];
    int at = from;
    while (at < to) {
      int end = match(text, at, to, reached, least);
      if (end > at) {
        out.match(at, end);
        at = end;
        continue;
      }
      if (end == at) {
        out.match(at, at);
      }
      int codePoint = codePoint(text, at, to);
      at += width(codePoint);
      if (end < 0 && hopelessRun != null && hopelessRun.contains(codePoint)) {
        at = skip(text, at, to);
      }
    }
    out.finish(to);
  }

  private int skip(char[] text, int from, int to) {
    int at = from;
    while (at < to) {
      int codePoint = codePoint(text, at, to);
      if (!hopelessRun.contains(codePoint)) {
        break;
      }
      at += width(codePoint);
    }
    return at;
  }

  /** The end of the match that begins at {@code at}, or -1. */
  private int match(char[] text, int at, int to, int[] reached, int[] least) {
    char c = text[at];
    int candidates = c < 128 ? asciiStarts[c] : -1;
    for (int i = 0; i < alternatives.length; i++) {
      if ((candidates >>> i & 1) != 0) {
        int end = match(alternatives[i], text, at, to, reached, least);
        if (end >= 0) {
          return end;
        }
      }
    }
    return -1;
  }

  private static int match(
      Element[] elements, char[] text, int from, int to, int[] reached, int[] least) {
    int at = from;
    int i = 0;
    while (true) {
      if (i == elements.length) {
        return at;
      }
      Element element = elements[i];
      boolean fits;
      switch (element.kind) {
        case RUN -> {
          int taken = 0;
          int low = element.min == 0 ? at : -1;
          while (taken < element.max && at < to) {
            int codePoint = codePoint(text, at, to);
            if (!element.chars.contains(codePoint)) {
              break;
            }
            at += width(codePoint);
            if (++taken == element.min) {
              low = at;
            }
          }
          fits = low >= 0;
          least[i] = element.possessive ? at : low;
        }
        case WORDS -> {
          least[i] = element.min == 0 ? at : Integer.MAX_VALUE;
          int end = word(element.words, text, at, to);
          fits = end >= 0 || element.min == 0;
          at = end >= 0 ? end : at;
        }
        case AHEAD -> {
          least[i] = at;
          fits = at < to && element.chars.contains(codePoint(text, at, to));
        }
        case NOT_AHEAD -> {
          least[i] = at;
          fits = at >= to || !element.chars.contains(codePoint(text, at, to));
        }
        case LINE_END -> {
          least[i] = at;
          fits = at >= to || text[at] == '\n';
        }
        default -> throw new AssertionError(element.kind);
      }
      if (fits) {
        reached[i++] = at;
        continue;
      }
      // Give back: the last element that took more than it must takes one character less.
      while (true) {
        if (--i < 0) {
          return -1;
        }
        if (reached[i] > least[i]) {
          at = elements[i].kind == Kind.WORDS ? least[i] : before(text, reached[i]);
          reached[i++] = at;
          break;
        }
      }
    }
  }

  private static int word(CharClass[][] words, char[] text, int from, int to) {
    for (CharClass[] word : words) {
      int at = from;
      int i = 0;
      while (i < word.length && at < to) {
        int codePoint = codePoint(text, at, to);
        if (!word[i].contains(codePoint)) {
          break;
        }
        at += width(codePoint);
        i++;
      }
      if (i == word.length) {
        return at;
      }
    }
    return -1;
  }

  private static int before(char[] text, int at) {
    return at - (Character.isLowSurrogate(text[at - 1]) ? 2 : 1);
  }

  private static int codePoint(char[] text, int at, int to) {
    char c = text[at];
    return Character.isHighSurrogate(c) && at + 1 < to ? Character.toCodePoint(c, text[at + 1]) : c;
  }

  private static int width(int codePoint) {
    return codePoint >= 0x10000 ? 2 : 1;
  }
}
