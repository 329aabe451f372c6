package io.longhaul.engine.text.template;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;

/** Text and numbers: Python's {@code repr}, {@code int()} and {@code float()}. */
final class Numbers {
  /** Python refuses to convert longer ints to and from text. */
  static final int MAX_DIGITS = 4300;

  private Numbers() {}

  /** {@code repr} of an int, bool or float. */
  static String repr(Object number) {
    if (number instanceof Double real) {
      return repr((double) real);
    } else if (number instanceof Boolean bool) {
      return bool ? "True" : "False";
    } else if (number instanceof BigInteger big) {
      String digits = big.toString();
      if (digits.length() - (big.signum() < 0 ? 1 : 0) > MAX_DIGITS) {
        throw new TemplateError(
            "Exceeds the limit (" + MAX_DIGITS + " digits) for integer string conversion");
      }
      return digits;
    }
    return Long.toString((Long) number);
  }

  /** The shortest decimal that reads back as the same double, laid out as Python does. */
  static String repr(double value) {
    if (Double.isNaN(value)) {
      return "nan";
    } else if (Double.isInfinite(value)) {
      return value > 0 ? "inf" : "-inf";
    } else if (value == 0) {
      return 1 / value < 0 ? "-0.0" : "0.0";
    }
    BigDecimal shortest = shortest(Math.abs(value));
    String digits = shortest.unscaledValue().toString();
    int exponent = digits.length() - 1 - shortest.scale();
    StringBuilder out = new StringBuilder(24);
    if (value < 0) {
      out.append('-');
    }
    if (exponent < -4 || exponent >= 16) {
      return appendScientific(out, digits, exponent).toString();
    }
    if (exponent < 0) {
      return out.append("0.").repeat('0', -exponent - 1).append(digits).toString();
    }
    int point = exponent + 1;
    if (digits.length() <= point) {
      return out.append(digits).repeat('0', point - digits.length()).append(".0").toString();
    }
    return out.append(digits, 0, point)
        .append('.')
        .append(digits, point, digits.length())
        .toString();
  }

  private static BigDecimal shortest(double value) {
    BigDecimal decimal = new BigDecimal(Double.toString(value)).stripTrailingZeros();
    if (decimal.precision() == 2) {
      // Java never gives fewer than two digits, and then the closest two: 4.9E-324 for 5e-324.
      BigDecimal single = decimal.round(new MathContext(1, RoundingMode.HALF_EVEN));
      if (single.doubleValue() == value) {
        return single.stripTrailingZeros();
      }
    }
    return decimal;
  }

  private static StringBuilder appendScientific(StringBuilder out, String digits, int exponent) {
    out.append(digits.charAt(0));
    if (digits.length() > 1) {
      out.append('.').append(digits, 1, digits.length());
    }
    return appendExponent(out.append('e'), exponent);
  }

  /** A sign and at least two digits. */
  static StringBuilder appendExponent(StringBuilder out, int exponent) {
    out.append(exponent < 0 ? '-' : '+');
    if (Math.abs(exponent) < 10) {
      out.append('0');
    }
    return out.append(Math.abs(exponent));
  }

  /** {@code int(text, base)}, or null where Python raises {@code ValueError}. */
  static Object parseInt(String text, int base) {
    String digits = strip(text);
    boolean negative = digits.startsWith("-");
    if (negative || digits.startsWith("+")) {
      digits = digits.substring(1);
    }
    int radix = base;
    if (digits.length() > 2 && digits.charAt(0) == '0') {
      int prefixed =
          switch (digits.charAt(1)) {
            case 'x', 'X' -> 16;
            case 'o', 'O' -> 8;
            case 'b', 'B' -> 2;
            default -> 0;
          };
      if (prefixed != 0 && (base == 0 || base == prefixed)) {
        radix = prefixed;
        digits = digits.substring(digits.charAt(2) == '_' ? 3 : 2);
      }
    }
    if (radix == 0) {
      radix = 10;
      if (digits.startsWith("0") && !isZero(digits)) {
        return null;
      }
    }
    String plain = withoutUnderscores(digits);
    if (plain == null || plain.length() > MAX_DIGITS || radix < 2 || radix > 36) {
      return null;
    }
    StringBuilder ascii = new StringBuilder(plain.length());
    for (int i = 0; i < plain.length(); i++) {
      int digit = Character.digit(plain.charAt(i), radix);
      if (digit < 0) {
        return null;
      }
      ascii.append(Character.forDigit(digit, radix));
    }
    BigInteger value = new BigInteger(ascii.toString(), radix);
    return Types.integer(negative ? value.negate() : value);
  }

  private static boolean isZero(String digits) {
    for (int i = 0; i < digits.length(); i++) {
      if (digits.charAt(i) != '0' && digits.charAt(i) != '_') {
        return false;
      }
    }
    return true;
  }

  /** {@code float(text)}, or null where Python raises {@code ValueError}. */
  static Double parseFloat(String text) {
    String number = withoutUnderscores(strip(text));
    if (number == null) {
      return null;
    }
    boolean signed = number.startsWith("-") || number.startsWith("+");
    String unsigned = signed ? number.substring(1) : number;
    double sign = number.startsWith("-") ? -1 : 1;
    if (unsigned.equalsIgnoreCase("inf") || unsigned.equalsIgnoreCase("infinity")) {
      return sign * Double.POSITIVE_INFINITY;
    } else if (unsigned.equalsIgnoreCase("nan")) {
      return Double.NaN;
    }
    return isDecimal(unsigned) ? sign * Double.parseDouble(unsigned) : null;
  }

  /** Digits with at most one point and an exponent: Java accepts suffixes and hex as well. */
  private static boolean isDecimal(String text) {
    int i = 0;
    int digits = 0;
    boolean point = false;
    for (; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '.' && !point) {
        point = true;
      } else if (c >= '0' && c <= '9') {
        digits++;
      } else {
        break;
      }
    }
    if (digits == 0 || i == text.length()) {
      return digits > 0;
    }
    if (text.charAt(i) != 'e' && text.charAt(i) != 'E') {
      return false;
    }
    i++;
    if (i < text.length() && (text.charAt(i) == '+' || text.charAt(i) == '-')) {
      i++;
    }
    int exponentDigits = text.length() - i;
    for (; i < text.length(); i++) {
      if (text.charAt(i) < '0' || text.charAt(i) > '9') {
        return false;
      }
    }
    return exponentDigits > 0;
  }

  /** The text without the underscores that Python allows between digits; null if misplaced. */
  private static String withoutUnderscores(String text) {
    if (text.isEmpty() || text.startsWith("_") || text.endsWith("_") || text.contains("__")) {
      return null;
    }
    if (text.indexOf('_') < 0) {
      return text;
    }
    for (int i = text.indexOf('_'); i >= 0; i = text.indexOf('_', i + 1)) {
      if (!Character.isLetterOrDigit(text.charAt(i - 1))
          || !Character.isLetterOrDigit(text.charAt(i + 1))) {
        return null;
      }
    }
    return text.replace("_", "");
  }

  private static String strip(String text) {
    int from = 0;
    int to = text.length();
    while (from < to && Characters.isSpace(text.charAt(from))) {
      from++;
    }
    while (to > from && Characters.isSpace(text.charAt(to - 1))) {
      to--;
    }
    return text.substring(from, to);
  }
}
