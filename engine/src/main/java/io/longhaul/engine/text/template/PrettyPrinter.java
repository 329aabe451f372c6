package io.longhaul.engine.text.template;

import java.util.ArrayList;
import java.util.List;

/** The filter {@code pprint}: Python's {@code pprint.pformat} with its defaults. */
final class PrettyPrinter {
  private static final int WIDTH = 80;

  private final TextBuilder out;
  private final Budget budget;

  private PrettyPrinter(Budget budget) {
    this.out = new TextBuilder(budget);
    this.budget = budget;
  }

  static Text print(Object value, Budget budget) {
    PrettyPrinter printer = new PrettyPrinter(budget);
    printer.format(value, 0, 0, 1);
    return printer.out.toText();
  }

  /** {@code repr} with dicts in the order of their keys. */
  private Object sorted(Object value) {
    budget.enter();
    Object result = value;
    if (value instanceof ListValue list) {
      budget.items(list.size());
      List<Object> items = new ArrayList<>(list.size());
      for (Object item : list.items()) {
        items.add(sorted(item));
      }
      result = new ListValue(items, list.tuple(), false);
    } else if (value instanceof Dict dict) {
      budget.items(dict.size());
      Dict ordered = new Dict();
      List<Object> keys = dict.keys();
      for (int index : Comparison.sort(sortKeys(keys), false, budget)) {
        ordered.put(keys.get(index), sorted(dict.find(keys.get(index)).value()));
      }
      result = ordered;
    }
    budget.leave();
    return result;
  }

  /** Keys of different types are ordered by the names of their types. */
  private static List<Object> sortKeys(List<Object> keys) {
    boolean comparable = true;
    for (Object key : keys) {
      comparable &=
          keys.get(0) instanceof Text
              ? key instanceof Text
              : Types.isNumber(keys.get(0)) && Types.isNumber(key);
    }
    if (comparable) {
      return keys;
    }
    List<Object> names = new ArrayList<>(keys.size());
    for (Object key : keys) {
      names.add(Text.outside("<class '" + Types.name(key) + "'>"));
    }
    return names;
  }

  private String repr(Object value) {
    return Repr.repr(sorted(value), budget).value;
  }

  private static int points(String text) {
    return text.codePointCount(0, text.length());
  }

  private void format(Object value, int indent, int allowance, int level) {
    budget.enter();
    Object sorted = sorted(value);
    String repr = Repr.repr(sorted, budget).value;
    if (points(repr) <= WIDTH - indent - allowance) {
      out.append(repr, false);
    } else if (sorted instanceof Dict dict && dict.size() > 0) {
      formatDict(dict, indent, allowance + 1, level);
    } else if (value instanceof ListValue list && list.size() > 0) {
      String close = !list.tuple() ? "]" : list.size() == 1 ? ",)" : ")";
      out.append(list.tuple() ? '(' : '[', false);
      for (int i = 0; i < list.size(); i++) {
        boolean last = i == list.size() - 1;
        format(list.get(i), indent + 1, last ? allowance + close.length() : 1, level + 1);
        if (!last) {
          out.append(",\n", false).repeat(' ', indent + 1L, false);
        }
      }
      out.append(close, false);
    } else if (value instanceof Text text && !text.markup) {
      formatText(text, indent, allowance, level);
    } else {
      out.append(repr, false);
    }
    budget.leave();
  }

  private void formatDict(Dict dict, int indent, int allowance, int level) {
    out.append('{', false);
    int left = dict.size();
    for (Dict.Entry entry : dict.entries()) {
      left--;
      String key = repr(entry.key());
      out.append(key, false).append(": ", false);
      format(entry.value(), indent + points(key) + 3, left == 0 ? allowance : 1, level + 1);
      if (left > 0) {
        out.append(",\n", false).repeat(' ', indent + 1L, false);
      }
    }
    out.append('}', false);
  }

  private void formatText(Text text, int indent, int allowance, int level) {
    int inner = indent + (level == 1 ? 1 : 0);
    int allowed = allowance + (level == 1 ? 1 : 0);
    int width = WIDTH - inner;
    List<String> chunks = new ArrayList<>();
    List<Object> lines = Splitting.lines(text, true, budget);
    String repr = "";
    for (int i = 0; i < lines.size(); i++) {
      boolean last = i == lines.size() - 1;
      Text line = (Text) lines.get(i);
      repr = repr(line);
      if (points(repr) <= width - (last ? allowed : 0)) {
        chunks.add(repr);
      } else {
        addParts(chunks, line, width, last ? allowed : 0);
      }
    }
    if (chunks.size() == 1) {
      out.append(repr, false);
      return;
    }
    out.append(level == 1 ? "(" : "", false);
    for (int i = 0; i < chunks.size(); i++) {
      if (i > 0) {
        out.append('\n', false).repeat(' ', inner, false);
      }
      out.append(chunks.get(i), false);
    }
    out.append(level == 1 ? ")" : "", false);
  }

  /** Words with the space behind them, as many to a chunk as fit. */
  private void addParts(List<String> chunks, Text line, int width, int allowance) {
    String value = line.value;
    int from = 0;
    int i = 0;
    while (i < value.length()) {
      int start = i;
      while (i < value.length() && !Characters.isSpace(value.charAt(i))) {
        i++;
      }
      while (i < value.length() && Characters.isSpace(value.charAt(i))) {
        i++;
      }
      int most = i == value.length() ? width - allowance : width;
      if (points(repr(line.slice(from, i))) > most) {
        if (from < start) {
          chunks.add(repr(line.slice(from, start)));
        }
        from = start;
      }
    }
    chunks.add(repr(line.slice(from, value.length())));
  }
}
