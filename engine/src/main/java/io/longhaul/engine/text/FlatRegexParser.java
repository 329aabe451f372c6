package io.longhaul.engine.text;

import io.longhaul.engine.text.FlatRegex.Element;
import io.longhaul.engine.text.FlatRegex.Kind;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads the flat subset of Oniguruma's syntax (its Ruby dialect) that {@link FlatRegex} runs.
 *
 * <pre>
 * pattern     = sequence { "|" sequence }
 * sequence    = { element }
 * element     = class [ quantifier ] | "(?!" class ")" | "(?=" class ")" | "$" | words [ "?" ]
 * words       = ( "(?i:" | "(?:" | "(" ) class { class } { "|" class { class } } ")"   (last in its sequence)
 * quantifier  = ( "?" | "*" | "+" ) [ "+" ] | "{" n [ "," [ m ] ] "}"
 * class       = character | escape | "." | "[" [ "^" ] { item | item "-" item } "]"
 * </pre>
 */
final class FlatRegexParser {
  private static final int NONE = -1;

  private final String pattern;
  private int at;

  private FlatRegexParser(String pattern) {
    this.pattern = pattern;
  }

  /** Not an error: the pattern needs the general engine, or is wrong and it will say so. */
  private static final class NotFlat extends Exception {
    private static final long serialVersionUID = 1L;

    NotFlat() {
      super(null, null, false, false);
    }
  }

  /** The pattern, or null if it is not flat. */
  static FlatRegex parse(String pattern) {
    try {
      return new FlatRegexParser(pattern).alternatives();
    } catch (NotFlat e) {
      return null;
    }
  }

  /** The pattern that matches the text itself. */
  static FlatRegex literal(String text) {
    List<Element> elements = new ArrayList<>();
    text.codePoints().forEach(c -> elements.add(Element.run(CharClass.of(c), 1, 1, false)));
    return new FlatRegex(List.of(elements));
  }

  private FlatRegex alternatives() throws NotFlat {
    List<List<Element>> alternatives = new ArrayList<>();
    do {
      alternatives.add(sequence());
    } while (accept("|"));
    if (at < pattern.length() || alternatives.size() > FlatRegex.MAX_ALTERNATIVES) {
      throw new NotFlat();
    }
    return new FlatRegex(alternatives);
  }

  private List<Element> sequence() throws NotFlat {
    List<Element> elements = new ArrayList<>();
    while (at < pattern.length() && pattern.charAt(at) != '|') {
      elements.add(element());
      if (elements.getLast().kind == Kind.WORDS
          && at < pattern.length()
          && pattern.charAt(at) != '|') {
        throw new NotFlat(); // a choice of words is never taken back to try its next word
      }
    }
    if (elements.isEmpty()) {
      throw new NotFlat();
    }
    return elements;
  }

  private Element element() throws NotFlat {
    if (accept("(?!")) {
      return ahead(Kind.NOT_AHEAD);
    }
    if (accept("(?=")) {
      return ahead(Kind.AHEAD);
    }
    if (accept("(?i:")) {
      return words(true);
    }
    if (accept("(?:")) {
      return words(false);
    }
    if (pattern.startsWith("(", at) && !pattern.startsWith("(?", at)) {
      at++;
      return words(false);
    }
    if (accept("$")) {
      return Element.lineEnd();
    }
    return quantified(charClass(false));
  }

  private Element ahead(Kind kind) throws NotFlat {
    CharClass chars = charClass(false);
    expect(")");
    return Element.ahead(kind, chars);
  }

  private Element words(boolean ignoreCase) throws NotFlat {
    List<CharClass[]> words = new ArrayList<>();
    do {
      List<CharClass> word = new ArrayList<>();
      while (at < pattern.length() && pattern.charAt(at) != '|' && pattern.charAt(at) != ')') {
        word.add(charClass(ignoreCase));
      }
      if (word.isEmpty()) {
        throw new NotFlat();
      }
      words.add(word.toArray(CharClass[]::new));
    } while (accept("|"));
    expect(")");
    boolean optional = accept("?");
    if (at < pattern.length() && "?*+{".indexOf(pattern.charAt(at)) >= 0) {
      throw new NotFlat();
    }
    return Element.words(words.toArray(CharClass[][]::new), optional);
  }

  private Element quantified(CharClass chars) throws NotFlat {
    int min = 1;
    int max = 1;
    boolean possessive = false;
    if (accept("{")) {
      min = number();
      max = min;
      if (accept(",")) {
        max = pattern.startsWith("}", at) ? Integer.MAX_VALUE : number();
      }
      expect("}");
      if (max < min) {
        throw new NotFlat();
      }
    } else if (accept("?")) {
      min = 0;
      possessive = accept("+");
    } else if (accept("*")) {
      min = 0;
      max = Integer.MAX_VALUE;
      possessive = accept("+");
    } else if (accept("+")) {
      max = Integer.MAX_VALUE;
      possessive = accept("+");
    } else {
      return Element.run(chars, 1, 1, false);
    }
    if (at < pattern.length() && "?*+{".indexOf(pattern.charAt(at)) >= 0) {
      throw new NotFlat();
    }
    return Element.run(chars, min, max, possessive);
  }

  private int number() throws NotFlat {
    int start = at;
    int value = 0;
    while (at < pattern.length() && pattern.charAt(at) >= '0' && pattern.charAt(at) <= '9') {
      value = value * 10 + pattern.charAt(at++) - '0';
      if (value > 1_000_000) {
        throw new NotFlat();
      }
    }
    if (at == start) {
      throw new NotFlat();
    }
    return value;
  }

  private CharClass charClass(boolean ignoreCase) throws NotFlat {
    CharClass.Builder builder = new CharClass.Builder();
    boolean negated = false;
    if (accept("[")) {
      negated = accept("^");
      boolean first = true;
      while (!accept("]")) {
        if (first && pattern.startsWith("]", at)) {
          throw new NotFlat();
        }
        item(builder);
        first = false;
      }
    } else if (accept(".")) {
      builder.range('\n', '\n');
      negated = true;
    } else {
      int c = single(builder, "()[]{}?*+|^$");
      if (c != NONE) {
        builder.range(c, c);
      }
    }
    return (ignoreCase ? builder.foldAsciiCase() : builder).build(negated);
  }

  private void item(CharClass.Builder builder) throws NotFlat {
    if (pattern.startsWith("&&", at)) {
      throw new NotFlat();
    }
    int from = single(builder, "[");
    if (from == NONE) {
      return;
    }
    boolean range =
        pattern.startsWith("-", at) && !pattern.startsWith("-]", at) && at + 1 < pattern.length();
    if (!range) {
      builder.range(from, from);
      return;
    }
    at++;
    int to = single(new CharClass.Builder(), "[");
    if (to < from) {
      throw new NotFlat();
    }
    builder.range(from, to);
  }

  /**
   * Reads a character and returns it, or an escape for many and adds them.
   *
   * @param meta characters that are not themselves here
   * @return the character, or {@link #NONE} if the builder has it
   */
  private int single(CharClass.Builder builder, String meta) throws NotFlat {
    if (at >= pattern.length()) {
      throw new NotFlat();
    }
    int c = pattern.codePointAt(at);
    if (meta.indexOf(c) >= 0) {
      throw new NotFlat();
    }
    at += Character.charCount(c);
    if (c != '\\') {
      return c;
    }
    if (at >= pattern.length()) {
      throw new NotFlat();
    }
    char escaped = pattern.charAt(at++);
    return switch (escaped) {
      case 'r' -> '\r';
      case 'n' -> '\n';
      case 't' -> '\t';
      case 'f' -> '\f';
      case 'v' -> 0xB;
      case 'u' -> hex(4);
      case 's', 'S' -> {
        builder.space(escaped == 's');
        yield NONE;
      }
      case 'w', 'W' -> {
        builder.word(escaped == 'w');
        yield NONE;
      }
      case 'd', 'D' -> {
        int digits = CharClass.category("Nd");
        builder.categories(escaped == 'd' ? digits : ~digits);
        yield NONE;
      }
      case 'p', 'P' -> {
        int mask = category();
        builder.categories(escaped == 'p' ? mask : ~mask);
        yield NONE;
      }
      default -> {
        if (escaped >= 128 || Character.isLetterOrDigit(escaped)) {
          throw new NotFlat();
        }
        yield escaped;
      }
    };
  }

  private int category() throws NotFlat {
    expect("{");
    int end = pattern.indexOf('}', at);
    int mask = end < 0 ? 0 : CharClass.category(pattern.substring(at, end));
    if (mask == 0) {
      throw new NotFlat();
    }
    at = end + 1;
    return mask;
  }

  private int hex(int digits) throws NotFlat {
    if (at + digits > pattern.length()) {
      throw new NotFlat();
    }
    int value = 0;
    for (int i = 0; i < digits; i++) {
      int digit = Character.digit(pattern.charAt(at++), 16);
      if (digit < 0) {
        throw new NotFlat();
      }
      value = value * 16 + digit;
    }
    return value;
  }

  private boolean accept(String text) {
    boolean found = pattern.startsWith(text, at);
    if (found) {
      at += text.length();
    }
    return found;
  }

  private void expect(String text) throws NotFlat {
    if (!accept(text)) {
      throw new NotFlat();
    }
  }
}
