package io.longhaul.engine.text.template;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;

/** Python's {@code format % values}. */
final class PercentFormat {
  private final Text format;
  private final List<Object> values;
  private final Object single;
  private final Budget budget;
  private int used;
  private int position;

  private PercentFormat(Text format, Object arguments, Budget budget) {
    this.format = format;
    this.single = arguments;
    this.values = arguments instanceof ListValue list && list.tuple() ? list.items() : null;
    this.budget = budget;
  }

  static Text format(Text format, Object arguments, Budget budget) {
    return new PercentFormat(format, arguments, budget).run().withMarkup(format.markup);
  }

  private Text run() {
    TextBuilder out = new TextBuilder(budget);
    String value = format.value;
    int from = 0;
    boolean mapping = false;
    for (int at = value.indexOf('%'); at >= 0; at = value.indexOf('%', from)) {
      budget.steps(1);
      out.append(format.slice(from, at));
      position = at + 1;
      mapping |= conversion(out, at);
      from = position;
    }
    out.append(format.slice(from, value.length()));
    boolean all =
        values != null
            ? used == values.size()
            : used == 1 || mapping || single instanceof Dict || single instanceof ListValue;
    if (!all) {
      throw new TemplateError("not all arguments converted during string formatting");
    }
    return out.toText();
  }

  private char next() {
    if (position == format.value.length()) {
      throw new TemplateError("incomplete format");
    }
    return format.value.charAt(position++);
  }

  private Object argument() {
    if (values == null ? used > 0 : used >= values.size()) {
      throw new TemplateError("not enough arguments for format string");
    }
    Object value = values == null ? single : values.get(used);
    used++;
    return value;
  }

  /** Appends one conversion; whether it named a key. */
  private boolean conversion(TextBuilder out, int at) {
    Object named = Undefined.MISSING;
    char c = next();
    if (c == '(') {
      named = key();
      c = next();
    }
    boolean left = false;
    boolean zero = false;
    boolean alternate = false;
    char sign = 0;
    for (; "-+ #0".indexOf(c) >= 0; c = next()) {
      switch (c) {
        case '-' -> left = true;
        case '0' -> zero = true;
        case '#' -> alternate = true;
        case '+' -> sign = '+';
        default -> sign = sign == 0 ? ' ' : sign;
      }
    }
    int width = 0;
    if (c == '*') {
      width = Types.index(argument(), "* wants int");
      left |= width < 0;
      width = Math.abs(Math.max(width, -Integer.MAX_VALUE));
      c = next();
    } else if (isDigit(c)) {
      position--;
      width = number();
      c = next();
    }
    int precision = -1;
    if (c == '.') {
      c = next();
      precision = 0;
      if (c == '*') {
        precision = Math.max(0, Types.index(argument(), "* wants int"));
        c = next();
      } else if (isDigit(c)) {
        position--;
        precision = number();
        c = next();
      }
    }
    if (c == 'h' || c == 'l' || c == 'L') {
      c = next();
    }
    if (c == '%') {
      out.append('%', format.isTemplate(at));
      return !Undefined.isMissing(named);
    }
    Object value = Undefined.isMissing(named) ? argument() : named;
    char align = left ? '<' : zero ? '=' : 0;
    int fill = zero && !left ? '0' : ' ';
    append(
        out, c, value, new FormatSpec(fill, align, sign, alternate, width, (char) 0, precision, c));
    return !Undefined.isMissing(named);
  }

  private Object key() {
    if (!(single instanceof Dict dict)) {
      throw new TemplateError("format requires a mapping");
    }
    int from = position;
    int open = 1;
    while (open > 0) {
      char c = next();
      open += c == '(' ? 1 : c == ')' ? -1 : 0;
    }
    String key = format.value.substring(from, position - 1);
    Object value = dict.named(key);
    if (Undefined.isMissing(value)) {
      throw new TemplateError("format: no key '" + Types.shortened(key) + "'");
    }
    return value;
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  private int number() {
    int from = position;
    while (position < format.value.length() && isDigit(format.value.charAt(position))) {
      position++;
    }
    return FormatSpec.number(format.value.substring(from, position));
  }

  private void append(TextBuilder out, char c, Object value, FormatSpec spec) {
    TextBuilder shown = format.markup ? new TextBuilder(budget) : out;
    switch (c) {
      case 's' ->
          text(Repr.str(value, budget), spec).append(shown, Repr.str(value, budget), budget);
      case 'r', 'a' -> {
        Text repr = Repr.repr(value, budget);
        text(repr, spec).append(shown, repr, budget);
      }
      case 'c' -> {
        Text character = character(value);
        text(character, spec).append(shown, character, budget);
      }
      case 'd', 'i', 'u' -> integer(shown, whole(value, c), spec, 'd');
      case 'o', 'x', 'X' -> {
        if (value instanceof Double) {
          throw wrongType(c, "an integer", value);
        }
        integer(shown, whole(value, c), spec, c);
      }
      case 'e', 'E', 'f', 'F', 'g', 'G' -> {
        if (!Types.isNumber(value)) {
          throw value instanceof Undefined undefined
              ? undefined.error()
              : new TemplateError("must be real number, not " + Types.name(value));
        }
        spec.append(shown, Arithmetic.toDouble(value), budget);
      }
      default ->
          throw new TemplateError(
              "unsupported format character '" + c + "' at index " + (position - 1));
    }
    if (format.markup) {
      boolean safe = value instanceof Text text && text.markup;
      out.append(safe ? shown.toText() : Html.escapeInner(shown.toText(), budget));
    }
  }

  /** The layout of text: to the right unless {@code -} was given, and never with zeros. */
  private static FormatSpec text(Text text, FormatSpec spec) {
    int precision = Math.min(spec.precision(), text.length());
    return new FormatSpec(
        ' ',
        spec.align() == '<' ? '<' : '>',
        (char) 0,
        false,
        spec.width(),
        (char) 0,
        precision,
        's');
  }

  private void integer(TextBuilder out, BigInteger value, FormatSpec spec, char type) {
    FormatSpec plain =
        new FormatSpec(
            spec.fill(),
            spec.align(),
            spec.sign(),
            spec.alternate(),
            spec.width(),
            (char) 0,
            -1,
            type);
    if (spec.precision() < 0) {
      plain.append(out, Types.integer(value), budget);
      return;
    }
    // A precision is a least number of digits, before the padding to the width.
    FormatSpec digits =
        new FormatSpec('0', '=', (char) 0, false, spec.precision(), (char) 0, -1, type);
    TextBuilder padded = new TextBuilder(budget);
    digits.append(padded, Types.integer(value.abs()), budget);
    String sign = value.signum() < 0 ? "-" : spec.sign() == 0 ? "" : String.valueOf(spec.sign());
    String prefix = spec.alternate() && type != 'd' ? "0".concat(String.valueOf(type)) : "";
    Text whole =
        new TextBuilder(budget)
            .append(sign, false)
            .append(prefix, false)
            .append(padded.toText())
            .toText();
    text(whole, new FormatSpec(' ', spec.align(), (char) 0, false, spec.width(), (char) 0, -1, 's'))
        .append(out, whole, budget);
  }

  private static BigInteger whole(Object value, char c) {
    if (value instanceof Double number) {
      if (!Double.isFinite(number)) {
        throw new TemplateError("cannot convert float infinity or NaN to integer");
      }
      return new BigDecimal(number).toBigInteger();
    } else if (Types.isNumber(value)) {
      return Arithmetic.big(value);
    } else if (value instanceof Undefined undefined) {
      throw undefined.error();
    }
    throw wrongType(c, c == 'd' || c == 'i' || c == 'u' ? "a real number" : "an integer", value);
  }

  private static TemplateError wrongType(char c, String wanted, Object value) {
    return new TemplateError(
        "%" + c + " format: " + wanted + " is required, not " + Types.name(value));
  }

  private Text character(Object value) {
    if (value instanceof Text text && text.length() == 1) {
      return text;
    } else if (Types.isInteger(value) && Arithmetic.big(value).bitLength() < 21) {
      int c = Arithmetic.big(value).intValue();
      if (Character.isValidCodePoint(c)) {
        return Text.outside(Character.toString(c));
      }
    }
    throw new TemplateError("the conversion c requires an int or a char");
  }
}
