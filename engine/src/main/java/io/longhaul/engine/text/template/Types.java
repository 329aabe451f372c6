package io.longhaul.engine.text.template;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.List;

/**
 * The values of a template and their Python types.
 *
 * <p>{@code None} is {@code null}; {@code bool}, {@code float} are {@code Boolean}, {@code Double};
 * {@code int} is {@code Long}, or {@code BigInteger} where 64 bits do not suffice; {@code str} is
 * {@link Text}. Containers and functions are classes of this package.
 */
final class Types {
  private Types() {}

  static String name(Object value) {
    if (value instanceof Text text) {
      return text.markup ? "Markup" : "str";
    } else if (value instanceof Dict) {
      return "dict";
    } else if (value instanceof ListValue list) {
      return list.tuple() ? "tuple" : "list";
    } else if (value == null) {
      return "NoneType";
    } else if (value instanceof Boolean) {
      return "bool";
    } else if (isInteger(value)) {
      return "int";
    } else if (value instanceof Double) {
      return "float";
    } else if (value instanceof Range) {
      return "range";
    } else if (value instanceof DictView view) {
      return view.typeName();
    } else if (value instanceof Generator && !(value instanceof LoopContext)) {
      return "generator";
    } else if (value instanceof Undefined) {
      return "Undefined";
    }
    return value.getClass().getSimpleName();
  }

  static List<Object> pair(Object first, Object second) {
    return Arrays.asList(first, second);
  }

  /** Whether two values are one object: what Python's {@code is} asks. */
  @SuppressWarnings("ReferenceEquality") // the question is identity
  static boolean same(Object a, Object b) {
    return a == b;
  }

  /** An int, not a bool. */
  static boolean isInteger(Object value) {
    return value instanceof Long || value instanceof BigInteger;
  }

  static boolean isNumber(Object value) {
    return isInteger(value) || value instanceof Double || value instanceof Boolean;
  }

  /** A 64-bit int in its normal form. */
  static Object integer(BigInteger value) {
    return value.bitLength() < 64 ? (Object) value.longValue() : value;
  }

  /** Python's {@code bool(value)}. */
  static boolean truth(Object value) {
    if (value instanceof Boolean bool) {
      return bool;
    } else if (value == null || value instanceof Undefined) {
      return false;
    } else if (value instanceof Text text) {
      return !text.isEmpty();
    } else if (value instanceof Long number) {
      return number != 0;
    } else if (value instanceof Double number) {
      return number != 0;
    }
    return Iteration.size(value) != 0;
  }

  /**
   * A value where Python wants an index.
   *
   * @param what names it in the error
   */
  @SuppressWarnings("IfChainToSwitch") // a pattern switch takes long at its first use
  static int index(Object value, String what) {
    if (value instanceof Boolean bool) {
      return bool ? 1 : 0;
    } else if (value instanceof Long number) {
      // Beyond an int there is no element, nor a count that memory allows: the end is the same.
      return Math.clamp(number, Integer.MIN_VALUE, Integer.MAX_VALUE);
    } else if (value instanceof BigInteger number) {
      return number.signum() < 0 ? Integer.MIN_VALUE : Integer.MAX_VALUE;
    } else if (value instanceof Undefined undefined) {
      throw undefined.error();
    }
    throw new TemplateError(what + " must be an integer, not " + name(value));
  }

  /** An optional argument where Python wants an index. */
  static int index(Object value, String what, int otherwise) {
    return Undefined.isMissing(value) ? otherwise : index(value, what);
  }

  static boolean truth(Object value, boolean otherwise) {
    return Undefined.isMissing(value) ? otherwise : truth(value);
  }

  /** A value that must be a string. */
  static Text text(Object value, String what) {
    if (value instanceof Text text) {
      return text;
    } else if (value instanceof Undefined undefined) {
      throw undefined.error();
    }
    throw new TemplateError(what + " must be str, not " + name(value));
  }

  /** A short form of a value for an error message. */
  static String shortRepr(Object value) {
    if (value instanceof Text text) {
      return "'" + shortened(text.value) + "'";
    } else if (value instanceof Number || value instanceof Boolean) {
      return shortened(value.toString());
    }
    return name(value);
  }

  static String shortened(String text) {
    return text.length() <= 60 ? text : text.substring(0, 60) + "…";
  }
}
