package io.longhaul.engine.text.template;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.List;

/** Python's arithmetic operators. */
final class Arithmetic {
  /** Bits of the largest int: more than its decimal form may have. */
  private static final int MAX_BITS = 1 << 14;

  private Arithmetic() {}

  static Object apply(String operator, Object a, Object b, Budget budget) {
    if (Types.isNumber(a) && Types.isNumber(b)) {
      return numbers(operator, a, b, budget);
    }
    if (operator.equals("%") && a instanceof Text format) {
      return PercentFormat.format(format, b, budget);
    }
    if (a instanceof Undefined undefined) {
      throw undefined.error();
    } else if (b instanceof Undefined undefined) {
      throw undefined.error();
    }
    if (operator.equals("+")) {
      if (a instanceof Text x && b instanceof Text y) {
        return concat(x, y, budget);
      } else if (a instanceof ListValue x && b instanceof ListValue y && x.tuple() == y.tuple()) {
        budget.items(x.size() + (long) y.size());
        List<Object> items = new ArrayList<>(x.size() + y.size());
        items.addAll(x.items());
        items.addAll(y.items());
        return new ListValue(items, x.tuple(), false);
      }
    } else if (operator.equals("*")) {
      if (isCount(b) && isSequence(a)) {
        return repeat(a, Types.index(b, "count"), budget);
      } else if (isCount(a) && isSequence(b)) {
        return repeat(b, Types.index(a, "count"), budget);
      }
    }
    throw unsupported(operator, a, b);
  }

  private static TemplateError unsupported(String operator, Object a, Object b) {
    String message =
        operator.equals("+") && a instanceof Text
            ? "can only concatenate str (not \"" + Types.name(b) + "\") to str"
            : "unsupported operand type(s) for "
                + operator
                + ": '"
                + Types.name(a)
                + "' and '"
                + Types.name(b)
                + "'";
    return new TemplateError(message);
  }

  private static Text concat(Text a, Text b, Budget budget) {
    if (!a.markup && !b.markup) {
      return new TextBuilder(budget).append(a).append(b).toText();
    }
    TextBuilder out = new TextBuilder(budget);
    return out.append(Html.escape(a, budget))
        .append(Html.escape(b, budget))
        .toText()
        .withMarkup(true);
  }

  private static boolean isCount(Object value) {
    return value instanceof Long || value instanceof Boolean || value instanceof BigInteger;
  }

  private static boolean isSequence(Object value) {
    return value instanceof Text || value instanceof ListValue;
  }

  private static Object repeat(Object sequence, int count, Budget budget) {
    int times = Math.max(count, 0);
    if (sequence instanceof Text text) {
      TextBuilder out = new TextBuilder(budget);
      for (int i = 0; i < times && !text.isEmpty(); i++) {
        budget.steps(1);
        out.append(text);
      }
      return out.toText().withMarkup(text.markup);
    }
    ListValue list = (ListValue) sequence;
    budget.items((long) list.size() * times);
    List<Object> items = new ArrayList<>(list.size() * times);
    for (int i = 0; i < times && list.size() > 0; i++) {
      items.addAll(list.items());
    }
    return new ListValue(items, list.tuple(), false);
  }

  private static Object numbers(String operator, Object a, Object b, Budget budget) {
    if (a instanceof Double || b instanceof Double) {
      return doubles(operator, toDouble(a), toDouble(b));
    }
    if (a instanceof Long x && b instanceof Long y) {
      long result;
      switch (operator) {
        case "+" -> {
          result = x + y;
          if (((x ^ result) & (y ^ result)) >= 0) {
            return result;
          }
        }
        case "-" -> {
          result = x - y;
          if (((x ^ y) & (x ^ result)) >= 0) {
            return result;
          }
        }
        case "//" -> {
          if (y != 0 && y != -1) {
            return Math.floorDiv(x, y);
          }
        }
        case "%" -> {
          if (y != 0) {
            return Math.floorMod(x, y);
          }
        }
        default -> {}
      }
    }
    BigInteger x = big(a);
    BigInteger y = big(b);
    long words = Math.max(x.bitLength(), y.bitLength()) / 64;
    budget.steps(words * words / 64);
    return integers(operator, x, y);
  }

  private static Object integers(String operator, BigInteger a, BigInteger b) {
    return switch (operator) {
      case "+" -> bounded(a.add(b));
      case "-" -> bounded(a.subtract(b));
      case "*" -> bounded(a.multiply(b));
      case "/" -> divide(a, b);
      case "**" -> power(a, b);
      default -> {
        if (b.signum() == 0) {
          throw new TemplateError("integer division or modulo by zero");
        }
        BigInteger[] result = a.divideAndRemainder(b);
        // Python rounds the quotient down and gives the remainder the divisor's sign.
        boolean adjust = result[1].signum() != 0 && result[1].signum() != b.signum();
        if (operator.equals("//")) {
          yield Types.integer(adjust ? result[0].subtract(BigInteger.ONE) : result[0]);
        }
        yield Types.integer(adjust ? result[1].add(b) : result[1]);
      }
    };
  }

  private static Object bounded(BigInteger value) {
    if (value.bitLength() > MAX_BITS) {
      throw new TemplateError("an integer of more than " + MAX_BITS + " bits");
    }
    return Types.integer(value);
  }

  private static Double divide(BigInteger a, BigInteger b) {
    if (b.signum() == 0) {
      throw new TemplateError("division by zero");
    }
    double x = a.doubleValue();
    double y = b.doubleValue();
    if (a.bitLength() <= 53 && b.bitLength() <= 53) {
      return x / y;
    }
    double quotient =
        new BigDecimal(a).divide(new BigDecimal(b), new MathContext(60)).doubleValue();
    if (Double.isInfinite(quotient)) {
      throw new TemplateError("integer division result too large for a float");
    }
    return quotient;
  }

  private static Object power(BigInteger base, BigInteger exponent) {
    if (exponent.signum() < 0) {
      return doubles("**", toDouble(Types.integer(base)), toDouble(Types.integer(exponent)));
    }
    if (base.abs().bitLength() <= 1) {
      boolean odd = exponent.testBit(0);
      return exponent.signum() == 0 ? 1L : Types.integer(odd ? base : base.abs());
    }
    if (exponent.bitLength() > 15
        || (long) (base.abs().bitLength() - 1) * exponent.intValue() > MAX_BITS) {
      throw new TemplateError("an integer of more than " + MAX_BITS + " bits");
    }
    return bounded(base.pow(exponent.intValue()));
  }

  private static Object doubles(String operator, double a, double b) {
    if (b == 0 && (operator.equals("/") || operator.equals("//") || operator.equals("%"))) {
      throw new TemplateError("float division or modulo by zero");
    }
    return switch (operator) {
      case "+" -> a + b;
      case "-" -> a - b;
      case "*" -> a * b;
      case "/" -> a / b;
      case "//" -> floorDivide(a, b);
      case "%" -> modulo(a, b);
      default -> power(a, b);
    };
  }

  private static double power(double a, double b) {
    if (a == 0 && b < 0) {
      throw new TemplateError("0.0 cannot be raised to a negative power");
    }
    if (a < 0 && Double.isFinite(a) && Double.isFinite(b) && b != Math.rint(b)) {
      throw new TemplateError("a complex number, which a template cannot use");
    }
    if (a == 1 || (a == -1 && Double.isInfinite(b))) {
      return 1.0;
    }
    double result = Math.pow(a, b);
    if (Double.isInfinite(result) && Double.isFinite(a) && Double.isFinite(b)) {
      throw new TemplateError("(34, 'Numerical result out of range')");
    }
    return result;
  }

  private static double modulo(double a, double b) {
    double remainder = a % b;
    if (remainder == 0) {
      return Math.copySign(0.0, b);
    }
    return (remainder < 0) == (b < 0) ? remainder : remainder + b;
  }

  /** As CPython does it, with the correction of the last bit. */
  private static double floorDivide(double a, double b) {
    double remainder = a % b;
    double quotient = (a - remainder) / b;
    if (remainder != 0 && (remainder < 0) != (b < 0)) {
      quotient -= 1;
    }
    if (quotient == 0) {
      return Math.copySign(0.0, a / b);
    }
    double floor = Math.floor(quotient);
    return quotient - floor > 0.5 ? floor + 1 : floor;
  }

  /** Unary {@code -} or {@code +}. */
  static Object sign(boolean negative, Object value) {
    if (value instanceof Double number) {
      return negative ? -number : number;
    } else if (Types.isNumber(value)) {
      return negative ? Types.integer(big(value).negate()) : Types.integer(big(value));
    } else if (value instanceof Undefined undefined) {
      throw undefined.error();
    }
    throw new TemplateError(
        "bad operand type for unary " + (negative ? "-" : "+") + ": '" + Types.name(value) + "'");
  }

  static BigInteger big(Object integer) {
    if (integer instanceof BigInteger value) {
      return value;
    } else if (integer instanceof Boolean bool) {
      return bool ? BigInteger.ONE : BigInteger.ZERO;
    }
    return BigInteger.valueOf((Long) integer);
  }

  /** A number as a double; an int too large for one is an error. */
  static double toDouble(Object number) {
    if (number instanceof Double value) {
      return value;
    }
    double value = big(number).doubleValue();
    if (Double.isInfinite(value)) {
      throw new TemplateError("int too large to convert to float");
    }
    return value;
  }
}
