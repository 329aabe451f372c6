package io.longhaul.engine.text;

import java.util.Arrays;

/**
 * A set of Unicode code points, as {@code [^\s\p{L}]} writes it in a pre-tokenizer's pattern.
 *
 * <p>General categories are the JDK's. They were compared code point by code point with Oniguruma,
 * which the published tokenizers run on: JDK 25 and Oniguruma both hold Unicode 16 and agree
 * everywhere. White space is the property White_Space, which {@link Character#isWhitespace(int)} is
 * not.
 */
final class CharClass {
  /** What a class is made of: any of these makes a code point a member. */
  static final class Builder {
    private int categories;
    private boolean space;
    private boolean notSpace;
    private boolean word;
    private boolean notWord;
    private int[] ranges = new int[8];
    private int rangeCount;

    Builder range(int from, int to) {
      if (rangeCount + 2 > ranges.length) {
        ranges = Arrays.copyOf(ranges, ranges.length * 2);
      }
      ranges[rangeCount++] = from;
      ranges[rangeCount++] = to;
      return this;
    }

    /**
     * Adds every category of the mask: bit {@code n} is the type {@code n} of {@link Character}.
     */
    Builder categories(int mask) {
      categories |= mask;
      return this;
    }

    Builder space(boolean positive) {
      space |= positive;
      notSpace |= !positive;
      return this;
    }

    Builder word(boolean positive) {
      word |= positive;
      notWord |= !positive;
      return this;
    }

    /** Adds what equals a member of the ASCII letters when case is ignored: K, k and U+212A. */
    Builder foldAsciiCase() {
      int count = rangeCount;
      for (int i = 0; i < count; i += 2) {
        for (int c = Math.max(ranges[i], 'A'); c <= Math.min(ranges[i + 1], 'z'); c++) {
          if (Character.isLetter(c)) {
            range(Character.toLowerCase(c), Character.toLowerCase(c));
            range(Character.toUpperCase(c), Character.toUpperCase(c));
            switch (Character.toLowerCase(c)) {
              case 's' -> range(0x17F, 0x17F);
              case 'k' -> range(0x212A, 0x212A);
              default -> {}
            }
          }
        }
      }
      return this;
    }

    CharClass build(boolean negated) {
      return new CharClass(this, negated);
    }
  }

  private final int categories;
  private final boolean space;
  private final boolean notSpace;
  private final boolean word;
  private final boolean notWord;
  private final boolean negated;

  /** Starts of sorted, disjoint ranges, and their inclusive ends. */
  private final int[] starts;

  private final int[] ends;

  /** Membership of U+0000 to U+003F and of U+0040 to U+007F. */
  private final long low;

  private final long high;

  private CharClass(Builder builder, boolean negated) {
    this.categories = builder.categories;
    this.space = builder.space;
    this.notSpace = builder.notSpace;
    this.word = builder.word;
    this.notWord = builder.notWord;
    this.negated = negated;
    long[] sorted = new long[builder.rangeCount / 2];
    for (int i = 0; i < sorted.length; i++) {
      sorted[i] = ((long) builder.ranges[2 * i] << 32) | builder.ranges[2 * i + 1];
    }
    Arrays.sort(sorted);
    int[] from = new int[sorted.length];
    int[] to = new int[sorted.length];
    int count = 0;
    for (long range : sorted) {
      int start = (int) (range >>> 32);
      int end = (int) range;
      if (count > 0 && start <= to[count - 1] + 1) {
        to[count - 1] = Math.max(to[count - 1], end);
      } else {
        from[count] = start;
        to[count++] = end;
      }
    }
    this.starts = Arrays.copyOf(from, count);
    this.ends = Arrays.copyOf(to, count);
    this.low = asciiBits(0);
    this.high = asciiBits(64);
  }

  /** The class of one code point. */
  static CharClass of(int codePoint) {
    return new Builder().range(codePoint, codePoint).build(false);
  }

  boolean contains(int codePoint) {
    if (codePoint < 64) {
      return (low >>> codePoint & 1) != 0;
    }
    if (codePoint < 128) {
      return (high >>> codePoint & 1) != 0;
    }
    return compute(codePoint);
  }

  private long asciiBits(int base) {
    long bits = 0;
    for (int i = 0; i < 64; i++) {
      if (compute(base + i)) {
        bits |= 1L << i;
      }
    }
    return bits;
  }

  private boolean compute(int codePoint) {
    boolean member =
        (categories != 0 && (categories >>> Character.getType(codePoint) & 1) != 0)
            || (starts.length != 0 && inRange(codePoint))
            || ((space || notSpace) && (isSpace(codePoint) ? space : notSpace))
            || ((word || notWord) && (isWord(codePoint) ? word : notWord));
    return member != negated;
  }

  private boolean inRange(int codePoint) {
    int found = Arrays.binarySearch(starts, codePoint);
    if (found >= 0) {
      return true;
    }
    int before = -found - 2;
    return before >= 0 && codePoint <= ends[before];
  }

  /** The Unicode property White_Space. */
  static boolean isSpace(int codePoint) {
    return switch (codePoint) {
      case ' ', 0x85, 0xA0, 0x1680, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000 -> true;
      default ->
          (codePoint >= 0x9 && codePoint <= 0xD) || (codePoint >= 0x2000 && codePoint <= 0x200A);
    };
  }

  /** {@code \w} of UTS 18: alphabetic, mark, decimal number, connector, join control. */
  static boolean isWord(int codePoint) {
    return Character.isAlphabetic(codePoint)
        || (WORD_CATEGORIES >>> Character.getType(codePoint) & 1) != 0
        || codePoint == 0x200C
        || codePoint == 0x200D;
  }

  private static final int WORD_CATEGORIES =
      1 << Character.NON_SPACING_MARK
          | 1 << Character.ENCLOSING_MARK
          | 1 << Character.COMBINING_SPACING_MARK
          | 1 << Character.DECIMAL_DIGIT_NUMBER
          | 1 << Character.CONNECTOR_PUNCTUATION;

  /** The mask of a general category or of a group of them, or 0 for a name that is none. */
  static int category(String name) {
    return switch (name) {
      case "L" ->
          category("Lu") | category("Ll") | category("Lt") | category("Lm") | category("Lo");
      case "M" -> category("Mn") | category("Mc") | category("Me");
      case "N" -> category("Nd") | category("Nl") | category("No");
      case "P" ->
          category("Pc")
              | category("Pd")
              | category("Ps")
              | category("Pe")
              | category("Pi")
              | category("Pf")
              | category("Po");
      case "S" -> category("Sm") | category("Sc") | category("Sk") | category("So");
      case "Z" -> category("Zs") | category("Zl") | category("Zp");
      case "Lu" -> 1 << Character.UPPERCASE_LETTER;
      case "Ll" -> 1 << Character.LOWERCASE_LETTER;
      case "Lt" -> 1 << Character.TITLECASE_LETTER;
      case "Lm" -> 1 << Character.MODIFIER_LETTER;
      case "Lo" -> 1 << Character.OTHER_LETTER;
      case "Mn" -> 1 << Character.NON_SPACING_MARK;
      case "Mc" -> 1 << Character.COMBINING_SPACING_MARK;
      case "Me" -> 1 << Character.ENCLOSING_MARK;
      case "Nd" -> 1 << Character.DECIMAL_DIGIT_NUMBER;
      case "Nl" -> 1 << Character.LETTER_NUMBER;
      case "No" -> 1 << Character.OTHER_NUMBER;
      case "Pc" -> 1 << Character.CONNECTOR_PUNCTUATION;
      case "Pd" -> 1 << Character.DASH_PUNCTUATION;
      case "Ps" -> 1 << Character.START_PUNCTUATION;
      case "Pe" -> 1 << Character.END_PUNCTUATION;
      case "Pi" -> 1 << Character.INITIAL_QUOTE_PUNCTUATION;
      case "Pf" -> 1 << Character.FINAL_QUOTE_PUNCTUATION;
      case "Po" -> 1 << Character.OTHER_PUNCTUATION;
      case "Sm" -> 1 << Character.MATH_SYMBOL;
      case "Sc" -> 1 << Character.CURRENCY_SYMBOL;
      case "Sk" -> 1 << Character.MODIFIER_SYMBOL;
      case "So" -> 1 << Character.OTHER_SYMBOL;
      case "Zs" -> 1 << Character.SPACE_SEPARATOR;
      case "Zl" -> 1 << Character.LINE_SEPARATOR;
      case "Zp" -> 1 << Character.PARAGRAPH_SEPARATOR;
      default -> 0;
    };
  }
}
