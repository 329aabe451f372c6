package io.longhaul.engine.text.template;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;

/** Python's comparisons, {@code in} and sorting. */
final class Comparison {
  private Comparison() {}

  /** {@code a == b}. */
  static boolean equal(Object a, Object b, Budget budget) {
    if (a instanceof Text x && b instanceof Text y) {
      budget.scan(x.value.length());
      return x.value.equals(y.value);
    } else if (Types.isNumber(a) && Types.isNumber(b)) {
      return compareNumbers(a, b) == 0;
    } else if (a instanceof ListValue x && b instanceof ListValue y) {
      return x.tuple() == y.tuple() && equalItems(x.items(), y.items(), budget);
    } else if (a instanceof Dict x && b instanceof Dict y) {
      return equalDicts(x, y, budget);
    } else if (a instanceof Range x && b instanceof Range y) {
      return x.size() == y.size()
          && (x.size() == 0 || (x.start() == y.start() && (x.size() == 1 || x.step() == y.step())));
    } else if (a instanceof DictView x && b instanceof DictView y) {
      return Types.same(x, y) || (x.kind() == y.kind() && equalViews(x, y, budget));
    } else if (a instanceof Undefined && b instanceof Undefined) {
      return true;
    }
    return Types.same(a, b);
  }

  private static boolean equalItems(List<Object> a, List<Object> b, Budget budget) {
    if (a.size() != b.size()) {
      return false;
    }
    budget.enter();
    boolean same = true;
    for (int i = 0; same && i < a.size(); i++) {
      budget.steps(1);
      same = Types.same(a.get(i), b.get(i)) || equal(a.get(i), b.get(i), budget);
    }
    budget.leave();
    return same;
  }

  private static boolean equalDicts(Dict a, Dict b, Budget budget) {
    if (a.size() != b.size()) {
      return false;
    }
    budget.enter();
    boolean same = true;
    for (Dict.Entry entry : a.entries()) {
      budget.steps(1);
      Dict.Entry other = b.find(entry.key());
      same =
          same
              && other != null
              && (Types.same(entry.value(), other.value())
                  || equal(entry.value(), other.value(), budget));
    }
    budget.leave();
    return same;
  }

  private static boolean equalViews(DictView a, DictView b, Budget budget) {
    return switch (a.kind()) {
      case VALUES -> false;
      case ITEMS -> equalDicts(a.dict(), b.dict(), budget);
      case KEYS -> {
        boolean same = a.dict().size() == b.dict().size();
        for (Object key : a.dict().keys()) {
          same = same && b.dict().find(key) != null;
        }
        yield same;
      }
    };
  }

  /**
   * Whether {@code a operator b} for one of {@code < <= > >=}.
   *
   * @throws TemplateError if Python does not order the two
   */
  static boolean ordered(Object a, String operator, Object b, Budget budget) {
    if ((a instanceof Double x && x.isNaN() && Types.isNumber(b))
        || (b instanceof Double y && y.isNaN() && Types.isNumber(a))) {
      return false;
    }
    int order = compare(a, b, operator, budget);
    return switch (operator) {
      case "<" -> order < 0;
      case "<=" -> order <= 0;
      case ">" -> order > 0;
      default -> order >= 0;
    };
  }

  private static int compare(Object a, Object b, String operator, Budget budget) {
    if (a instanceof Text x && b instanceof Text y) {
      budget.scan(Math.min(x.value.length(), y.value.length()));
      return compareText(x.value, y.value);
    } else if (Types.isNumber(a) && Types.isNumber(b)) {
      return compareNumbers(a, b);
    } else if (a instanceof ListValue x && b instanceof ListValue y && x.tuple() == y.tuple()) {
      budget.enter();
      int common = Math.min(x.size(), y.size());
      for (int i = 0; i < common; i++) {
        if (!Types.same(x.get(i), y.get(i)) && !equal(x.get(i), y.get(i), budget)) {
          int order = compare(x.get(i), y.get(i), operator, budget);
          budget.leave();
          return order;
        }
      }
      budget.leave();
      return Integer.compare(x.size(), y.size());
    } else if (a instanceof Undefined undefined) {
      throw undefined.error();
    } else if (b instanceof Undefined undefined) {
      throw undefined.error();
    }
    throw new TemplateError(
        "'"
            + operator
            + "' not supported between instances of '"
            + Types.name(a)
            + "' and '"
            + Types.name(b)
            + "'");
  }

  /** The order of code points, which that of UTF-16 units is not. */
  private static int compareText(String a, String b) {
    int common = Math.min(a.length(), b.length());
    for (int i = 0; i < common; i++) {
      if (a.charAt(i) != b.charAt(i)) {
        boolean high = Character.isSurrogate(a.charAt(i));
        return high != Character.isSurrogate(b.charAt(i))
            ? (high ? 1 : -1)
            : Character.compare(a.charAt(i), b.charAt(i));
      }
    }
    return Integer.compare(a.length(), b.length());
  }

  private static int compareNumbers(Object a, Object b) {
    if (a instanceof Long x && b instanceof Long y) {
      return Long.compare(x, y);
    } else if (a instanceof Double x && b instanceof Double y) {
      return compareDoubles(x, y);
    }
    if (a instanceof Double x && !Double.isFinite(x)) {
      return compareDoubles(x, 0);
    } else if (b instanceof Double y && !Double.isFinite(y)) {
      return compareDoubles(0, y);
    }
    return exact(a).compareTo(exact(b));
  }

  private static int compareDoubles(double a, double b) {
    // 0.0 equals -0.0, and NaN nothing: it is ordered as greater so as not to be equal.
    return a < b ? -1 : a == b ? 0 : 1;
  }

  private static BigDecimal exact(Object number) {
    if (number instanceof BigInteger big) {
      return new BigDecimal(big);
    } else if (number instanceof Double real) {
      return new BigDecimal(real);
    } else if (number instanceof Boolean bool) {
      return bool ? BigDecimal.ONE : BigDecimal.ZERO;
    }
    return BigDecimal.valueOf((Long) number);
  }

  /** {@code item in container}. */
  static boolean contains(Object container, Object item, Budget budget) {
    if (container instanceof Text text) {
      if (!(item instanceof Text part)) {
        throw new TemplateError(
            "'in <string>' requires string as left operand, not " + Types.name(item));
      }
      return new Search(part.value, budget).next(text.value, 0) >= 0;
    } else if (container instanceof Dict dict) {
      return dict.find(item) != null;
    } else if (container instanceof DictView view && view.kind() == DictView.Kind.KEYS) {
      return view.dict().find(item) != null;
    } else if (!Iteration.isIterable(container)) {
      throw new TemplateError("argument of type '" + Types.name(container) + "' is not iterable");
    }
    Generator items = Iteration.over(container);
    for (Object next = items.next(); !Generator.isEnd(next); next = items.next()) {
      budget.steps(1);
      if (Types.same(next, item) || equal(next, item, budget)) {
        return true;
      }
    }
    return false;
  }

  /**
   * Sorts the indexes of {@code keys} as Python's stable {@code sorted} does.
   *
   * <p>A merge sort of its own: Java's complains of an order that is not total, as that of Python's
   * lists with NaN in them.
   */
  static int[] sort(List<Object> keys, boolean reverse, Budget budget) {
    int[] order = new int[keys.size()];
    for (int i = 0; i < order.length; i++) {
      order[i] = i;
    }
    mergeSort(order, new int[order.length], 0, order.length, keys, reverse, budget);
    return order;
  }

  private static void mergeSort(
      int[] order, int[] work, int from, int to, List<Object> keys, boolean reverse, Budget b) {
    if (to - from < 2) {
      return;
    }
    int middle = (from + to) >>> 1;
    mergeSort(order, work, from, middle, keys, reverse, b);
    mergeSort(order, work, middle, to, keys, reverse, b);
    int left = from;
    int right = middle;
    for (int i = from; i < to; i++) {
      boolean takeRight = left == middle;
      if (!takeRight && right < to) {
        b.steps(1);
        Object x = keys.get(order[left]);
        Object y = keys.get(order[right]);
        takeRight = reverse ? ordered(x, "<", y, b) : ordered(y, "<", x, b);
      }
      work[i] = takeRight ? order[right++] : order[left++];
    }
    System.arraycopy(work, from, order, from, to - from);
  }
}
