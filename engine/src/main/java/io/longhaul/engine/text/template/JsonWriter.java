package io.longhaul.engine.text.template;

import java.util.List;

/**
 * Python's {@code json.dumps}, the {@code tojson} of Hugging Face's templates. The result counts as
 * from outside.
 */
final class JsonWriter {
  private final TextBuilder out;
  private final Budget budget;
  private final boolean ascii;
  private final boolean sortKeys;

  /** What one level is indented by, or null for a single line. */
  private final String indent;

  private final String itemSeparator;
  private final String keySeparator;

  private JsonWriter(Arguments arguments, Budget budget) {
    Object[] given =
        arguments.bind("tojson", 0, "ensure_ascii", "indent", "separators", "sort_keys");
    this.out = new TextBuilder(budget);
    this.budget = budget;
    this.ascii = Types.truth(given[0], false);
    this.indent = indentation(given[1], budget);
    this.sortKeys = Types.truth(given[3], false);
    if (Undefined.isMissing(given[2]) || given[2] == null) {
      this.itemSeparator = indent == null ? ", " : ",";
      this.keySeparator = ": ";
    } else {
      List<Object> pair = Iteration.toList(given[2], budget);
      if (pair.size() != 2) {
        throw new TemplateError("tojson(): separators must be a pair");
      }
      this.itemSeparator = Types.text(pair.get(0), "separators").value;
      this.keySeparator = Types.text(pair.get(1), "separators").value;
    }
  }

  static Text write(Object value, Arguments arguments, Budget budget) {
    JsonWriter writer = new JsonWriter(arguments, budget);
    writer.value(value, 0);
    return writer.out.toText();
  }

  private static String indentation(Object indent, Budget budget) {
    if (Undefined.isMissing(indent) || indent == null) {
      return null;
    } else if (indent instanceof Text text) {
      return text.value;
    }
    int width = Types.index(indent, "indent");
    return new TextBuilder(budget).repeat(' ', width, false).toText().value;
  }

  private void value(Object value, int level) {
    budget.enter();
    if (value instanceof Text text) {
      quoted(text.value);
    } else if (value == null) {
      out.append("null", false);
    } else if (value instanceof Boolean bool) {
      out.append(bool ? "true" : "false", false);
    } else if (value instanceof Double number) {
      out.append(real(number), false);
    } else if (Types.isInteger(value)) {
      out.append(Numbers.repr(value), false);
    } else if (value instanceof ListValue list) {
      list(list.items(), level);
    } else if (value instanceof Dict dict) {
      dict(dict, level);
    } else {
      throw new TemplateError("Object of type " + Types.name(value) + " is not JSON serializable");
    }
    budget.leave();
  }

  private void list(List<Object> items, int level) {
    if (items.isEmpty()) {
      out.append("[]", false);
      return;
    }
    out.append('[', false);
    for (int i = 0; i < items.size(); i++) {
      if (i > 0) {
        out.append(itemSeparator, false);
      }
      newline(level + 1);
      value(items.get(i), level + 1);
    }
    newline(level);
    out.append(']', false);
  }

  private void dict(Dict dict, int level) {
    if (dict.size() == 0) {
      out.append("{}", false);
      return;
    }
    out.append('{', false);
    List<Object> keys = dict.keys();
    int[] order = sortKeys ? Comparison.sort(keys, false, budget) : null;
    for (int i = 0; i < keys.size(); i++) {
      Object key = keys.get(order == null ? i : order[i]);
      if (i > 0) {
        out.append(itemSeparator, false);
      }
      newline(level + 1);
      quoted(key(key));
      out.append(keySeparator, false);
      value(dict.find(key).value(), level + 1);
    }
    newline(level);
    out.append('}', false);
  }

  private static String key(Object key) {
    if (key instanceof Text text) {
      return text.value;
    } else if (key == null) {
      return "null";
    } else if (key instanceof Boolean bool) {
      return bool ? "true" : "false";
    } else if (key instanceof Double number) {
      return real(number);
    } else if (Types.isInteger(key)) {
      return Numbers.repr(key);
    }
    throw new TemplateError("keys must be str, int, float, bool or None, not " + Types.name(key));
  }

  private static String real(double number) {
    if (Double.isNaN(number)) {
      return "NaN";
    } else if (Double.isInfinite(number)) {
      return number > 0 ? "Infinity" : "-Infinity";
    }
    return Numbers.repr(number);
  }

  private void newline(int level) {
    if (indent != null) {
      out.append('\n', false);
      for (int i = 0; i < level; i++) {
        out.append(indent, false);
      }
    }
  }

  private void quoted(String text) {
    out.append('"', false);
    int from = 0;
    for (int i = 0; i < text.length(); i++) {
      String escape = escape(text.charAt(i));
      if (escape != null) {
        out.append(text, from, i, false).append(escape, false);
        from = i + 1;
      }
    }
    out.append(text, from, text.length(), false).append('"', false);
  }

  private String escape(char c) {
    return switch (c) {
      case '"' -> "\\\"";
      case '\\' -> "\\\\";
      case '\n' -> "\\n";
      case '\r' -> "\\r";
      case '\t' -> "\\t";
      case '\f' -> "\\f";
      case '\b' -> "\\b";
      default -> c < ' ' || (ascii && c > '~') ? Repr.hex("\\u", c, 4) : null;
    };
  }
}
