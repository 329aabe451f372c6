package io.longhaul.engine.text.template;

import java.util.ArrayList;
import java.util.List;

/** The methods of Python's {@code str} that take a string apart. */
final class Splitting {
  private Splitting() {}

  static ListValue split(Text self, String name, Arguments arguments, Budget budget) {
    Object[] given = arguments.bind(name, 0, "sep", "maxsplit");
    int most = Types.index(given[1], "maxsplit", -1);
    most = most < 0 ? Integer.MAX_VALUE : most;
    boolean right = name.equals("rsplit");
    if (Undefined.isMissing(given[0]) || given[0] == null) {
      return ListValue.list(right ? rightWords(self, most, budget) : words(self, most, budget));
    }
    String separator = Types.text(given[0], "separator").value;
    if (separator.isEmpty()) {
      throw new TemplateError("empty separator");
    }
    String value = self.value;
    Search search = new Search(separator, budget);
    List<Object> parts = new ArrayList<>();
    if (right) {
      int to = value.length();
      for (int splits = 0; splits < most; splits++) {
        int at = search.last(value, to);
        if (at < 0) {
          break;
        }
        add(parts, self.slice(at + separator.length(), to), budget);
        to = at;
      }
      add(parts, self.slice(0, to), budget);
      return ListValue.list(parts.reversed());
    }
    int from = 0;
    for (int splits = 0; splits < most; splits++) {
      int at = search.next(value, from);
      if (at < 0) {
        break;
      }
      add(parts, self.slice(from, at), budget);
      from = at + separator.length();
    }
    add(parts, self.slice(from, value.length()), budget);
    return ListValue.list(parts);
  }

  private static void add(List<Object> parts, Text part, Budget budget) {
    budget.items(1);
    budget.text(part.value.length());
    parts.add(part);
  }

  /** {@code split()} at runs of white space, at most {@code most} times; -1 for all. */
  static List<Object> words(Text self, int most, Budget budget) {
    String value = self.value;
    List<Object> parts = new ArrayList<>();
    int i = skipSpace(value, 0);
    while (i < value.length()) {
      int from = i;
      if (parts.size() == most) {
        add(parts, self.slice(from, value.length()), budget);
        break;
      }
      while (i < value.length() && !Characters.isSpace(value.charAt(i))) {
        i++;
      }
      add(parts, self.slice(from, i), budget);
      i = skipSpace(value, i);
    }
    return parts;
  }

  private static int skipSpace(String value, int from) {
    int i = from;
    while (i < value.length() && Characters.isSpace(value.charAt(i))) {
      i++;
    }
    return i;
  }

  private static List<Object> rightWords(Text self, int most, Budget budget) {
    String value = self.value;
    List<Object> parts = new ArrayList<>();
    int i = skipSpaceBack(value, value.length());
    while (i > 0) {
      int to = i;
      if (parts.size() == most) {
        add(parts, self.slice(0, to), budget);
        break;
      }
      while (i > 0 && !Characters.isSpace(value.charAt(i - 1))) {
        i--;
      }
      add(parts, self.slice(i, to), budget);
      i = skipSpaceBack(value, i);
    }
    return parts.reversed();
  }

  private static int skipSpaceBack(String value, int to) {
    int i = to;
    while (i > 0 && Characters.isSpace(value.charAt(i - 1))) {
      i--;
    }
    return i;
  }

  static List<Object> lines(Text self, boolean keepEnds, Budget budget) {
    String value = self.value;
    List<Object> lines = new ArrayList<>();
    int from = 0;
    while (from < value.length()) {
      int end = from;
      while (end < value.length() && !Characters.isLineBreak(value.charAt(end))) {
        end++;
      }
      int next = end == value.length() ? end : value.startsWith("\r\n", end) ? end + 2 : end + 1;
      add(lines, self.slice(from, keepEnds ? next : end), budget);
      from = next;
    }
    return lines;
  }

  static ListValue partition(Text self, Text separator, boolean right, Budget budget) {
    if (separator.isEmpty()) {
      throw new TemplateError("empty separator");
    }
    String value = self.value;
    Search search = new Search(separator.value, budget);
    int at = right ? search.last(value, value.length()) : search.next(value, 0);
    List<Object> parts = new ArrayList<>(3);
    if (at < 0) {
      parts.add(right ? self.slice(0, 0) : self);
      parts.add(self.slice(0, 0));
      parts.add(right ? self : self.slice(0, 0));
    } else {
      int end = at + separator.value.length();
      parts.add(self.slice(0, at));
      parts.add(self.slice(at, end));
      parts.add(self.slice(end, value.length()));
    }
    return ListValue.tuple(parts);
  }
}
