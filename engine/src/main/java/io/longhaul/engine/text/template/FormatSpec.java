package io.longhaul.engine.text.template;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;

/**
 * How one value is laid out by {@code str.format} or {@code %}.
 *
 * @param align one of {@code < > = ^}, or 0 for the type's default
 * @param sign what a number that is not negative starts with: {@code '+'}, {@code ' '} or 0
 * @param grouping what stands between thousands, or 0
 * @param precision -1 where not given
 * @param type the conversion, or 0
 */
record FormatSpec(
    int fill,
    char align,
    char sign,
    boolean alternate,
    int width,
    char grouping,
    int precision,
    char type) {
  /** More would say nothing: a double has no more digits than this behind its point. */
  static final int MAX_PRECISION = 1100;

  /** The exact decimal form of a double has hundreds of digits. */
  private static final int NUMBER_STEPS = 50;

  /** Parses {@code [[fill]align][sign][#][0][width][,][.precision][type]}. */
  static FormatSpec parse(String spec) {
    int i = 0;
    int fill = ' ';
    char align = 0;
    int first = spec.isEmpty() ? 0 : spec.codePointAt(0);
    int after = spec.isEmpty() ? 0 : Character.charCount(first);
    if (spec.length() > after && "<>=^".indexOf(spec.charAt(after)) >= 0) {
      fill = first;
      align = spec.charAt(after);
      i = after + 1;
    } else if (!spec.isEmpty() && "<>=^".indexOf(spec.charAt(0)) >= 0) {
      align = spec.charAt(0);
      i = 1;
    }
    char sign = 0;
    if (i < spec.length() && "+- ".indexOf(spec.charAt(i)) >= 0) {
      sign = spec.charAt(i) == '-' ? 0 : spec.charAt(i);
      i++;
    }
    boolean alternate = i < spec.length() && spec.charAt(i) == '#';
    i += alternate ? 1 : 0;
    if (i < spec.length() && spec.charAt(i) == '0') {
      fill = align == 0 ? '0' : fill;
      align = align == 0 ? '=' : align;
      i++;
    }
    int end = digits(spec, i);
    int width = end > i ? number(spec.substring(i, end)) : 0;
    i = end;
    char grouping = 0;
    if (i < spec.length() && (spec.charAt(i) == ',' || spec.charAt(i) == '_')) {
      grouping = spec.charAt(i++);
    }
    int precision = -1;
    if (i < spec.length() && spec.charAt(i) == '.') {
      end = digits(spec, i + 1);
      if (end == i + 1) {
        throw new TemplateError("Format specifier missing precision");
      }
      precision = number(spec.substring(i + 1, end));
      i = end;
    }
    if (spec.length() - i > 1) {
      throw new TemplateError("Invalid format specifier '" + Types.shortened(spec) + "'");
    }
    char type = i < spec.length() ? spec.charAt(i) : 0;
    return new FormatSpec(fill, align, sign, alternate, width, grouping, precision, type);
  }

  private static int digits(String spec, int from) {
    int i = from;
    while (i < spec.length() && spec.charAt(i) >= '0' && spec.charAt(i) <= '9') {
      i++;
    }
    return i;
  }

  static int number(String digits) {
    if (digits.length() > 9) {
      throw new TemplateError("Too many decimal digits in format string");
    }
    return Integer.parseInt(digits);
  }

  /** Appends a value as {@code format(value, spec)} does. */
  void append(TextBuilder out, Object value, Budget budget) {
    if (value instanceof Text text) {
      appendText(out, text);
    } else if (value instanceof Boolean && type == 0 && isPlain()) {
      out.append(Numbers.repr(value), false);
    } else if (Types.isNumber(value)) {
      budget.steps(NUMBER_STEPS);
      appendNumber(out, value);
    } else if (isPlain() && type == 0 && width == 0 && precision < 0) {
      out.append(Repr.str(value, budget));
    } else {
      throw new TemplateError(
          "unsupported format string passed to " + Types.name(value) + ".__format__");
    }
  }

  private boolean isPlain() {
    return align == 0 && sign == 0 && !alternate && grouping == 0 && width == 0 && precision < 0;
  }

  private void appendText(TextBuilder out, Text text) {
    if ((type != 0 && type != 's') || sign != 0 || alternate || grouping != 0) {
      throw type != 0 && type != 's'
          ? new TemplateError("Unknown format code '" + type + "' for object of type 'str'")
          : new TemplateError("Sign, '#' or ',' not allowed in string format specifier");
    }
    if (align == '=' && fill != '0') {
      throw new TemplateError("'=' alignment not allowed in string format specifier");
    }
    Text shown =
        precision >= 0 && precision < text.length() ? text.slice(0, text.offset(precision)) : text;
    long padding = Math.max(0, width - (long) shown.length());
    long left = align == '>' ? padding : align == '^' ? padding / 2 : 0;
    out.repeat(fill, left, false).append(shown).repeat(fill, padding - left, false);
  }

  private void appendNumber(TextBuilder out, Object value) {
    String digits = magnitude(value);
    boolean negative =
        value instanceof Double real
            ? Math.copySign(1, real) < 0 && !real.isNaN()
            : Arithmetic.big(value).signum() < 0;
    String prefix = negative ? "-" : sign != 0 ? String.valueOf(sign) : "";
    if (alternate && !(value instanceof Double) && "boxX".indexOf(type) >= 0) {
      prefix = prefix.concat(type == 'b' ? "0b" : type == 'o' ? "0o" : type == 'x' ? "0x" : "0X");
    }
    if (grouping != 0) {
      int least = align == '=' && fill == '0' ? width - prefix.length() : 0;
      digits = grouped(digits, least);
    }
    long padding = Math.max(0, width - (long) prefix.length() - digits.length());
    char side = align == 0 ? '>' : align;
    long left = side == '>' ? padding : side == '^' ? padding / 2 : 0;
    out.repeat(fill, left, false)
        .append(prefix, false)
        .repeat(fill, side == '=' ? padding : 0, false)
        .append(digits, false)
        .repeat(fill, side == '=' ? 0 : padding - left, false);
  }

  private String grouped(String digits, int least) {
    int end = 0;
    while (end < digits.length() && Character.digit(digits.charAt(end), 16) >= 0) {
      end++;
    }
    int group = "boxX".indexOf(type) >= 0 ? 4 : 3;
    String rest = digits.substring(end);
    StringBuilder whole = new StringBuilder(digits.substring(0, end));
    while (withSeparators(whole.length(), group) + rest.length() < Math.min(least, 10_000)) {
      whole.insert(0, '0');
    }
    for (int i = whole.length() - group; i > 0; i -= group) {
      whole.insert(i, grouping);
    }
    return whole.append(rest).toString();
  }

  private static int withSeparators(int digits, int group) {
    return digits + (digits - 1) / group;
  }

  /** The digits of the absolute value. */
  private String magnitude(Object value) {
    boolean floating = value instanceof Double || "eEfFgG%".indexOf(type) >= 0;
    if (floating) {
      return real(Arithmetic.toDouble(value));
    }
    if (precision >= 0) {
      throw new TemplateError("Precision not allowed in integer format specifier");
    }
    BigInteger number = Arithmetic.big(value).abs();
    return switch (type) {
      case 0, 'd', 'n' -> Numbers.repr(Types.integer(number));
      case 'b' -> number.toString(2);
      case 'o' -> number.toString(8);
      case 'x' -> number.toString(16);
      case 'X' -> number.toString(16).toUpperCase(java.util.Locale.ROOT);
      case 'c' -> {
        if (number.bitLength() > 21 || !Character.isValidCodePoint(number.intValue())) {
          throw new TemplateError("the argument of c is no character");
        }
        yield Character.toString(number.intValue());
      }
      default -> throw unknown(value);
    };
  }

  private TemplateError unknown(Object value) {
    return new TemplateError(
        "Unknown format code '" + type + "' for object of type '" + Types.name(value) + "'");
  }

  private String real(double value) {
    double size = Math.abs(value);
    if (Double.isNaN(value) || Double.isInfinite(value)) {
      String name = Double.isNaN(value) ? "nan" : "inf";
      name = type == '%' ? name.concat("%") : name;
      return Character.isUpperCase(type) ? name.toUpperCase(java.util.Locale.ROOT) : name;
    }
    if (precision > MAX_PRECISION) {
      throw new TemplateError("a precision of more than " + MAX_PRECISION);
    }
    int digits = precision < 0 ? 6 : precision;
    String result =
        switch (type) {
          case 'f', 'F' -> fixed(size, digits);
          case '%' -> fixed(new BigDecimal(size).multiply(BigDecimal.valueOf(100)), digits) + "%";
          case 'e', 'E' -> scientific(size, digits);
          case 'g', 'G', 'n' -> general(size, digits, false);
          case 0 -> precision < 0 ? Numbers.repr(size) : general(size, digits, true);
          default -> throw unknown(value);
        };
    return type == 'E' || type == 'G' ? result.toUpperCase(java.util.Locale.ROOT) : result;
  }

  private String fixed(double value, int digits) {
    return fixed(new BigDecimal(value), digits);
  }

  private String fixed(BigDecimal value, int digits) {
    String result = value.setScale(digits, RoundingMode.HALF_EVEN).toPlainString();
    return alternate && digits == 0 ? result.concat(".") : result;
  }

  private String scientific(double value, int digits) {
    BigDecimal rounded =
        new BigDecimal(value).round(new MathContext(digits + 1, RoundingMode.HALF_EVEN));
    String all = rounded.unscaledValue().toString();
    int exponent = value == 0 ? 0 : all.length() - 1 - rounded.scale();
    StringBuilder out = new StringBuilder();
    out.append(all.charAt(0));
    if (digits > 0 || alternate) {
      out.append('.');
    }
    String fraction = all.substring(1, Math.min(all.length(), digits + 1));
    out.append(fraction).repeat('0', digits - fraction.length());
    return Numbers.appendExponent(out.append('e'), exponent).toString();
  }

  /**
   * The {@code g} format: significant digits, and an exponent where the number is very large or
   * small.
   *
   * @param asRepr the variant of a missing type: at least one digit behind the point
   */
  private String general(double value, int significant, boolean asRepr) {
    int digits = Math.max(significant, 1);
    if (value == 0) {
      return asRepr ? "0.0" : alternate ? "0." + "0".repeat(digits - 1) : "0";
    }
    BigDecimal rounded =
        new BigDecimal(value).round(new MathContext(digits, RoundingMode.HALF_EVEN));
    int exponent = rounded.precision() - 1 - rounded.scale();
    if (exponent < -4 || exponent >= (asRepr ? Math.max(digits - 1, 1) : digits)) {
      String all = scientific(value, digits - 1);
      return alternate ? all : withoutZeros(all, all.indexOf('e'));
    }
    String plain =
        rounded
            .setScale(Math.max(digits - 1 - exponent, 0), RoundingMode.HALF_EVEN)
            .toPlainString();
    if (alternate) {
      return plain.indexOf('.') < 0 ? plain.concat(".") : plain;
    }
    String trimmed = withoutZeros(plain, plain.length());
    return asRepr && trimmed.indexOf('.') < 0 ? trimmed.concat(".0") : trimmed;
  }

  /** Removes the zeros that end the fraction before {@code end}. */
  private static String withoutZeros(String number, int end) {
    int point = number.indexOf('.');
    if (point < 0 || point > end) {
      return number;
    }
    int last = end;
    while (number.charAt(last - 1) == '0') {
      last--;
    }
    last = last - 1 == point ? point : last;
    return number.substring(0, last).concat(number.substring(end));
  }
}
