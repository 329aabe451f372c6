package io.longhaul.engine.text.template;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Turns a caller's Java values into values of the template language. */
final class Conversion {
  private static final int MAX_DEPTH = 250;

  private final Set<String> trusted;

  private Conversion(Set<String> trusted) {
    this.trusted = trusted;
  }

  static Map<String, Object> variables(Map<String, Object> variables, Set<String> trusted) {
    Conversion conversion = new Conversion(trusted);
    Map<String, Object> values = new HashMap<>(2 * variables.size());
    for (Map.Entry<String, Object> entry : variables.entrySet()) {
      values.put(entry.getKey(), conversion.convert(entry.getKey(), entry.getValue(), 0));
    }
    return values;
  }

  /**
   * Converts one value.
   *
   * @param path the names that lead to it, or null where no trusted path leads on
   */
  private Object convert(String path, Object value, int depth) {
    if (depth > MAX_DEPTH) {
      throw new TemplateError("a variable is nested more than " + MAX_DEPTH + " deep");
    }
    if (value instanceof CharSequence text) {
      return Text.of(text.toString(), path != null && trusted.contains(path));
    } else if (value == null
        || value instanceof Boolean
        || value instanceof Long
        || value instanceof Double) {
      return value;
    } else if (value instanceof Map<?, ?> map) {
      boolean leads = leadsOn(path);
      Dict dict = new Dict();
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        String name = String.valueOf(entry.getKey());
        dict.put(
            Text.outside(name),
            convert(leads ? path + "." + name : null, entry.getValue(), depth + 1));
      }
      return dict;
    } else if (value instanceof Collection<?> items) {
      List<Object> list = new ArrayList<>(items.size());
      for (Object item : items) {
        list.add(convert(path, item, depth + 1));
      }
      return ListValue.list(list);
    } else if (value instanceof BigInteger number) {
      return Types.integer(number);
    } else if (value instanceof Integer || value instanceof Short || value instanceof Byte) {
      return ((Number) value).longValue();
    } else if (value instanceof Float number) {
      return number.doubleValue();
    }
    throw new TemplateError(
        "a variable has a value of "
            + value.getClass().getName()
            + "; a template takes maps, lists, strings, numbers and booleans");
  }

  private boolean leadsOn(String path) {
    if (path != null) {
      for (String name : trusted) {
        if (name.startsWith(path) && name.startsWith(".", path.length())) {
          return true;
        }
      }
    }
    return false;
  }
}
