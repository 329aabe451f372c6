package io.longhaul.engine.text.template;

/** The escapes of Python's string literals. */
final class StringEscapes {
  private StringEscapes() {}

  static String resolve(String literal, int line) {
    if (literal.indexOf('\\') < 0) {
      return literal;
    }
    StringBuilder out = new StringBuilder(literal.length());
    for (int i = 0; i < literal.length(); ) {
      char c = literal.charAt(i++);
      i = c == '\\' && i < literal.length() ? escape(literal, i, out, line) : plain(c, i, out);
    }
    return out.toString();
  }

  private static int plain(char c, int next, StringBuilder out) {
    out.append(c);
    return next;
  }

  /** Resolves the escape whose letter stands at {@code at}; returns where it ends. */
  private static int escape(String literal, int at, StringBuilder out, int line) {
    char c = literal.charAt(at);
    switch (c) {
      case '\n' -> {}
      case '\\', '\'', '"' -> out.append(c);
      case 'a' -> out.append('\u0007');
      case 'b' -> out.append('\b');
      case 'f' -> out.append('\f');
      case 'n' -> out.append('\n');
      case 'r' -> out.append('\r');
      case 't' -> out.append('\t');
      case 'v' -> out.append('\u000b');
      case 'x' -> {
        return hex(literal, at + 1, 2, out, line);
      }
      case 'u' -> {
        return hex(literal, at + 1, 4, out, line);
      }
      case 'U' -> {
        return hex(literal, at + 1, 8, out, line);
      }
      case 'N' -> {
        return named(literal, at + 1, out, line);
      }
      case '0', '1', '2', '3', '4', '5', '6', '7' -> {
        int end = at;
        int value = 0;
        while (end < literal.length() && end < at + 3 && (literal.charAt(end) & ~7) == '0') {
          value = value * 8 + literal.charAt(end++) - '0';
        }
        out.appendCodePoint(value);
        return end;
      }
      default -> {
        out.append('\\');
        int point = literal.codePointAt(at);
        if (point < 0x80) {
          out.append(c);
        } else {
          // Jinja2 turns what is not ASCII into escapes before it resolves them.
          out.append(
              point <= 0xff
                  ? Repr.hex("x", point, 2)
                  : point <= 0xffff ? Repr.hex("u", point, 4) : Repr.hex("U", point, 8));
        }
        return at + Character.charCount(point);
      }
    }
    return at + 1;
  }

  private static int hex(String literal, int from, int digits, StringBuilder out, int line) {
    long value = 0;
    for (int i = from; i < from + digits; i++) {
      int digit = i < literal.length() ? Character.digit(literal.charAt(i), 16) : -1;
      if (digit < 0) {
        throw new TemplateError("a string has a truncated escape", line);
      }
      value = value * 16 + digit;
    }
    if (value > Character.MAX_CODE_POINT) {
      throw new TemplateError("a string has an escape that is no Unicode character", line);
    }
    out.appendCodePoint((int) value);
    return from + digits;
  }

  private static int named(String literal, int from, StringBuilder out, int line) {
    int end = literal.indexOf('}', from);
    if (!literal.startsWith("{", from) || end < 0) {
      throw new TemplateError("a string has a malformed \\N escape", line);
    }
    try {
      out.appendCodePoint(Character.codePointOf(literal.substring(from + 1, end)));
    } catch (IllegalArgumentException e) {
      throw new TemplateError("a string names an unknown Unicode character", line, e);
    }
    return end + 1;
  }
}
