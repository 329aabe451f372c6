package io.longhaul.engine.text.template;

import java.util.List;

/** Python's {@code str} and {@code repr}. */
final class Repr {
  private Repr() {}

  /** {@code str(value)}; a string keeps its origins, anything else counts as from outside. */
  static Text str(Object value, Budget budget) {
    if (value instanceof Text text) {
      return text;
    } else if (value instanceof Undefined) {
      return Text.EMPTY;
    }
    return repr(value, budget);
  }

  static Text repr(Object value, Budget budget) {
    TextBuilder out = new TextBuilder(budget);
    append(out, value, budget);
    return out.toText();
  }

  static void append(TextBuilder out, Object value, Budget budget) {
    budget.enter();
    if (value instanceof Text text) {
      appendQuoted(out, text);
    } else if (value == null) {
      out.append("None", false);
    } else if (Types.isNumber(value)) {
      out.append(Numbers.repr(value), false);
    } else if (value instanceof ListValue list) {
      appendItems(out, list.tuple() ? "(" : "[", list.items(), list.tuple() ? ")" : "]", budget);
    } else if (value instanceof Dict dict) {
      appendDict(out, dict, budget);
    } else if (value instanceof DictView view) {
      out.append(view.typeName(), false);
      appendItems(out, "([", view.toList(), "])", budget);
    } else if (value instanceof Range range) {
      appendRange(out, range);
    } else if (value instanceof Namespace namespace) {
      out.append("<Namespace ", false);
      appendDict(out, namespace.attributes(), budget);
      out.append('>', false);
    } else if (value instanceof Macro macro) {
      out.append(macro.toString(), false);
    } else if (value instanceof LoopContext loop) {
      out.append("<LoopContext ", false)
          .append(Integer.toString(loop.index()), false)
          .append('/', false)
          .append(Integer.toString(loop.length()), false)
          .append('>', false);
    } else {
      // Python prints the address of these, so that no template can depend on it.
      out.append(value instanceof Undefined ? "Undefined" : "<" + Types.name(value) + ">", false);
    }
    budget.leave();
  }

  private static void appendItems(
      TextBuilder out, String open, List<Object> items, String close, Budget budget) {
    out.append(open, false);
    for (int i = 0; i < items.size(); i++) {
      if (i > 0) {
        out.append(", ", false);
      }
      append(out, items.get(i), budget);
    }
    if (items.size() == 1 && open.equals("(")) {
      out.append(',', false);
    }
    out.append(close, false);
  }

  private static void appendDict(TextBuilder out, Dict dict, Budget budget) {
    String separator = "{";
    for (Dict.Entry entry : dict.entries()) {
      out.append(separator, false);
      append(out, entry.key(), budget);
      out.append(": ", false);
      append(out, entry.value(), budget);
      separator = ", ";
    }
    out.append(dict.size() == 0 ? "{}" : "}", false);
  }

  private static void appendRange(TextBuilder out, Range range) {
    out.append("range(", false)
        .append(Long.toString(range.start()), false)
        .append(", ", false)
        .append(Long.toString(range.stop()), false);
    if (range.step() != 1) {
      out.append(", ", false).append(Long.toString(range.step()), false);
    }
    out.append(')', false);
  }

  /** In the quotes that need the fewest escapes, as Python chooses them. */
  private static void appendQuoted(TextBuilder out, Text text) {
    String value = text.value;
    boolean useDouble = value.indexOf('\'') >= 0 && value.indexOf('"') < 0;
    char quote = useDouble ? '"' : '\'';
    out.append(text.markup ? "Markup(" : "", false).append(quote, false);
    for (int i = 0; i < value.length(); ) {
      int c = value.codePointAt(i);
      if (c == quote || c == '\\') {
        out.append('\\', false).append((char) c, false);
      } else if (Characters.isPrintable(c)) {
        out.appendPoint(c, false);
      } else {
        out.append(escape(c), false);
      }
      i += Character.charCount(c);
    }
    out.append(quote, false).append(text.markup ? ")" : "", false);
  }

  private static String escape(int c) {
    return switch (c) {
      case '\n' -> "\\n";
      case '\r' -> "\\r";
      case '\t' -> "\\t";
      default -> c <= 0xff ? hex("\\x", c, 2) : c <= 0xffff ? hex("\\u", c, 4) : hex("\\U", c, 8);
    };
  }

  /** A prefix and {@code digits} lower-case hexadecimal digits. */
  static String hex(String prefix, int value, int digits) {
    StringBuilder out = new StringBuilder(prefix);
    for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) {
      out.append(Character.forDigit((value >>> shift) & 15, 16));
    }
    return out.toString();
  }
}
