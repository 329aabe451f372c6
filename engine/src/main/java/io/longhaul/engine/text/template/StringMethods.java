package io.longhaul.engine.text.template;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** The methods of Python's {@code str}. */
final class StringMethods {
  private StringMethods() {}

  /** Whether {@code str} has a method of this name. */
  static boolean has(String name) {
    return switch (name) {
      case "capitalize",
          "casefold",
          "center",
          "count",
          "encode",
          "endswith",
          "expandtabs",
          "find" ->
          true;
      case "format", "format_map", "index", "isalnum", "isalpha", "isascii", "isdecimal" -> true;
      case "isdigit", "isidentifier", "islower", "isnumeric", "isprintable", "isspace" -> true;
      case "istitle", "isupper", "join", "ljust", "lower", "lstrip", "maketrans", "partition" ->
          true;
      case "removeprefix", "removesuffix", "replace", "rfind", "rindex", "rjust", "rpartition" ->
          true;
      case "rsplit", "rstrip", "split", "splitlines", "startswith", "strip", "swapcase", "title" ->
          true;
      case "translate", "upper", "zfill" -> true;
      default -> false;
    };
  }

  static Object call(Text self, String name, Arguments arguments, Budget budget) {
    budget.scan(self.value.length());
    return switch (name) {
      case "split", "rsplit" -> Splitting.split(self, name, arguments, budget);
      case "splitlines" -> {
        Object[] given = arguments.bind(name, 0, "keepends");
        yield ListValue.list(Splitting.lines(self, Types.truth(given[0], false), budget));
      }
      case "expandtabs" -> {
        Object[] given = arguments.bind(name, 0, "tabsize");
        yield expandTabs(self, Types.index(given[0], "tabsize", 8), budget);
      }
      case "format" -> BraceFormat.format(self, arguments, budget);
      case "format_map" -> {
        Object map = arguments.positionalOnly(name, 1, 1).get(0);
        if (!(map instanceof Dict dict)) {
          throw new TemplateError("format_map() argument must be a dict");
        }
        yield BraceFormat.format(self, dict, budget);
      }
      case "strip", "lstrip", "rstrip" -> {
        List<Object> given = arguments.positionalOnly(name, 0, 1);
        Object chars = given.isEmpty() ? null : given.get(0);
        yield strip(self, chars, !name.equals("rstrip"), !name.equals("lstrip"));
      }
      case "startswith", "endswith" -> affix(self, name, arguments);
      case "find", "rfind", "index", "rindex", "count" -> find(self, name, arguments, budget);
      case "center", "ljust", "rjust" -> pad(self, name, arguments, budget);
      case "replace" -> {
        List<Object> given = arguments.positionalOnly(name, 2, 3);
        Text by = Types.text(given.get(1), "replace() argument 2");
        yield replace(
            self,
            Types.text(given.get(0), "replace() argument 1"),
            self.markup ? Html.escape(by, budget) : by,
            given.size() < 3 ? -1 : Types.index(given.get(2), "count"),
            budget);
      }
      case "partition", "rpartition" -> {
        Object separator = arguments.positionalOnly(name, 1, 1).get(0);
        yield Splitting.partition(
            self, Types.text(separator, name), name.equals("rpartition"), budget);
      }
      case "removeprefix" -> {
        Text prefix = Types.text(arguments.positionalOnly(name, 1, 1).get(0), name);
        yield self.value.startsWith(prefix.value)
            ? self.slice(prefix.value.length(), self.value.length())
            : self;
      }
      case "removesuffix" -> {
        Text suffix = Types.text(arguments.positionalOnly(name, 1, 1).get(0), name);
        yield self.value.endsWith(suffix.value)
            ? self.slice(0, self.value.length() - suffix.value.length())
            : self;
      }
      case "join" -> join(self, arguments.positionalOnly(name, 1, 1).get(0), budget);
      case "zfill" ->
          zeroFill(self, Types.index(arguments.positionalOnly(name, 1, 1).get(0), name), budget);
      case "encode", "maketrans", "translate" ->
          throw new TemplateError("str." + name + "() is not supported in templates");
      default -> {
        arguments.positionalOnly(name, 0, 0);
        budget.text(self.value.length());
        yield name.startsWith("is") ? (Object) is(self.value, name) : convert(self, name);
      }
    };
  }

  private static Text convert(Text self, String name) {
    return switch (name) {
      case "upper" -> self.mapped(self.value.toUpperCase(Locale.ROOT));
      case "lower" -> self.mapped(self.value.toLowerCase(Locale.ROOT));
      case "casefold" -> self.mapped(self.value.toUpperCase(Locale.ROOT).toLowerCase(Locale.ROOT));
      case "capitalize" -> self.mapped(capitalized(self.value));
      case "title" -> self.mapped(titled(self.value));
      default -> self.mapped(swapped(self.value));
    };
  }

  private static String capitalized(String value) {
    if (value.isEmpty()) {
      return value;
    }
    int first = Character.charCount(value.codePointAt(0));
    return titleCase(value.codePointAt(0)).concat(value.substring(first).toLowerCase(Locale.ROOT));
  }

  private static String titleCase(int c) {
    String upper = Character.toString(c).toUpperCase(Locale.ROOT);
    int title = Character.toTitleCase(c);
    if (title == c && upper.codePointCount(0, upper.length()) > 1) {
      int first = Character.charCount(upper.codePointAt(0));
      return upper.substring(0, first).concat(upper.substring(first).toLowerCase(Locale.ROOT));
    }
    return Character.toString(title);
  }

  private static String titled(String value) {
    StringBuilder out = new StringBuilder(value.length());
    boolean inWord = false;
    for (int i = 0; i < value.length(); ) {
      int c = value.codePointAt(i);
      out.append(inWord ? Character.toString(c).toLowerCase(Locale.ROOT) : titleCase(c));
      inWord = Characters.isCased(c);
      i += Character.charCount(c);
    }
    return out.toString();
  }

  private static String swapped(String value) {
    StringBuilder out = new StringBuilder(value.length());
    for (int i = 0; i < value.length(); ) {
      int c = value.codePointAt(i);
      String one = Character.toString(c);
      out.append(
          Character.isUpperCase(c) ? one.toLowerCase(Locale.ROOT) : one.toUpperCase(Locale.ROOT));
      i += Character.charCount(c);
    }
    return out.toString();
  }

  private static boolean is(String value, String name) {
    if (name.equals("isascii") || name.equals("isprintable")) {
      for (int i = 0; i < value.length(); ) {
        int c = value.codePointAt(i);
        if (name.equals("isascii") ? c > 0x7f : !Characters.isPrintable(c)) {
          return false;
        }
        i += Character.charCount(c);
      }
      return true;
    }
    boolean cased = false;
    boolean afterCased = false;
    for (int i = 0; i < value.length(); ) {
      int c = value.codePointAt(i);
      boolean ok =
          switch (name) {
            case "isalpha" -> Character.isLetter(c);
            case "isalnum" -> Characters.isAlphanumeric(c);
            case "isdecimal" -> Character.isDigit(c);
            case "isdigit" -> Characters.isDigit(c);
            case "isnumeric" -> Characters.isNumeric(c);
            case "isspace" -> Characters.isSpace(c);
            case "islower" -> !Character.isUpperCase(c) && !Character.isTitleCase(c);
            case "isupper" -> !Character.isLowerCase(c) && !Character.isTitleCase(c);
            case "istitle" -> !Characters.isCased(c) || Character.isLowerCase(c) == afterCased;
            default ->
                i == 0
                    ? c == '_' || Character.isUnicodeIdentifierStart(c)
                    : Character.isUnicodeIdentifierPart(c) && !Character.isIdentifierIgnorable(c);
          };
      if (!ok) {
        return false;
      }
      afterCased = Characters.isCased(c);
      cased |= afterCased;
      i += Character.charCount(c);
    }
    boolean needsCased = name.equals("islower") || name.equals("isupper") || name.equals("istitle");
    return needsCased ? cased : !value.isEmpty();
  }

  /** {@code strip(chars)} on the sides asked for; white space where {@code chars} is null. */
  static Text strip(Text self, Object chars, boolean left, boolean right) {
    int[] set = chars == null ? null : Types.text(chars, "strip arg").value.codePoints().toArray();
    if (set != null) {
      Arrays.sort(set);
    }
    String value = self.value;
    int from = 0;
    int to = value.length();
    while (left && from < to && isStripped(value.codePointAt(from), set)) {
      from += Character.charCount(value.codePointAt(from));
    }
    while (right && to > from && isStripped(value.codePointBefore(to), set)) {
      to -= Character.charCount(value.codePointBefore(to));
    }
    return self.slice(from, to);
  }

  private static boolean isStripped(int c, int[] set) {
    return set == null ? Characters.isSpace(c) : Arrays.binarySearch(set, c) >= 0;
  }

  private static Text expandTabs(Text self, int size, Budget budget) {
    TextBuilder out = new TextBuilder(budget);
    int column = 0;
    String value = self.value;
    for (int i = 0; i < value.length(); ) {
      int c = value.codePointAt(i);
      if (c == '\t') {
        int width = size > 0 ? size - column % size : 0;
        out.repeat(' ', width, self.isTemplate(i));
        column += width;
      } else {
        out.appendPoint(c, self.isTemplate(i));
        column = c == '\n' || c == '\r' ? 0 : column + 1;
      }
      i += Character.charCount(c);
    }
    return out.toText().withMarkup(self.markup);
  }

  private static boolean affix(Text self, String name, Arguments arguments) {
    List<Object> given = arguments.positionalOnly(name, 1, 3);
    int[] range = range(self, given, 1);
    if (range[0] > range[1]) {
      return false;
    }
    String part = self.value.substring(range[0], range[1]);
    List<Object> options =
        given.get(0) instanceof ListValue list && list.tuple() ? list.items() : given.subList(0, 1);
    for (Object option : options) {
      String affix = Types.text(option, name + " first arg").value;
      if (name.equals("startswith") ? part.startsWith(affix) : part.endsWith(affix)) {
        return true;
      }
    }
    return false;
  }

  /** The offsets that optional start and end arguments mean; start past end if there are none. */
  private static int[] range(Text self, List<Object> given, int first) {
    int length = self.length();
    int start = point(given, first, 0, length);
    int end = Math.min(point(given, first + 1, length, length), length);
    return start > length || start > end
        ? new int[] {1, 0}
        : new int[] {self.offset(start), self.offset(end)};
  }

  private static int point(List<Object> given, int index, int otherwise, int length) {
    Object value = index < given.size() ? given.get(index) : null;
    if (value == null) {
      return otherwise;
    }
    int point = Types.index(value, "slice indices");
    return point < 0 ? Math.max(point + length, 0) : point;
  }

  private static Object find(Text self, String name, Arguments arguments, Budget budget) {
    List<Object> given = arguments.positionalOnly(name, 1, 3);
    String part = Types.text(given.get(0), name + "() argument 1").value;
    int[] range = range(self, given, 1);
    boolean valid = range[0] <= range[1];
    String value = valid ? self.value.substring(range[0], range[1]) : "";
    if (name.equals("count")) {
      return valid ? count(value, part, budget) : 0L;
    }
    Search search = new Search(part, budget);
    int at = name.startsWith("r") ? search.last(value, value.length()) : search.next(value, 0);
    if (valid && at >= 0) {
      return (long) self.point(range[0] + at);
    } else if (name.endsWith("index")) {
      throw new TemplateError("substring not found");
    }
    return -1L;
  }

  private static long count(String value, String part, Budget budget) {
    if (part.isEmpty()) {
      return value.codePointCount(0, value.length()) + 1L;
    }
    long count = 0;
    Search search = new Search(part, budget);
    for (int at = search.next(value, 0); at >= 0; at = search.next(value, at + part.length())) {
      count++;
    }
    return count;
  }

  private static Text pad(Text self, String name, Arguments arguments, Budget budget) {
    List<Object> given = arguments.positionalOnly(name, 1, 2);
    int width = Math.max(0, Types.index(given.get(0), "width"));
    Text fill = given.size() < 2 ? null : Types.text(given.get(1), "fill character");
    if (fill != null
        && (fill.length() != 1 || (self.markup && Html.escape(fill, budget).length() != 1))) {
      throw new TemplateError("The fill character must be exactly one character long");
    }
    int character = fill == null ? ' ' : fill.value.codePointAt(0);
    boolean template = fill == null ? self.isTemplate() : fill.isTemplate();
    return switch (name) {
      case "center" -> center(self, width, character, template, budget);
      case "ljust" -> padded(self, 0, width - self.length(), character, template, budget);
      default -> padded(self, width - self.length(), 0, character, template, budget);
    };
  }

  static Text center(Text self, int width, int fill, boolean template, Budget budget) {
    int total = width - self.length();
    int left = total / 2 + (total & width & 1);
    return padded(self, left, total - left, fill, template, budget);
  }

  private static Text padded(
      Text self, int left, int right, int fill, boolean template, Budget budget) {
    if (left + right <= 0) {
      return self;
    }
    return new TextBuilder(budget)
        .repeat(fill, left, template)
        .append(self)
        .repeat(fill, right, template)
        .toText()
        .withMarkup(self.markup);
  }

  private static Text zeroFill(Text self, int width, Budget budget) {
    int sign = self.value.startsWith("+") || self.value.startsWith("-") ? 1 : 0;
    return new TextBuilder(budget)
        .append(self.slice(0, sign))
        .repeat('0', width - (long) self.length(), self.isTemplate())
        .append(self.slice(sign, self.value.length()))
        .toText()
        .withMarkup(self.markup);
  }

  /** {@code replace(old, by, count)}; all if {@code count} is negative. */
  static Text replace(Text self, Text old, Text by, int count, Budget budget) {
    String value = self.value;
    TextBuilder out = new TextBuilder(budget);
    int from = 0;
    int left = count < 0 ? Integer.MAX_VALUE : count;
    if (old.isEmpty()) {
      // Between all characters, and at both ends.
      for (int i = 0; i < value.length() && left > 0; left--) {
        out.append(by);
        from = i + Character.charCount(value.codePointAt(i));
        out.append(self.slice(i, from));
        i = from;
      }
      if (left > 0) {
        out.append(by);
      }
    } else {
      Search search = new Search(old.value, budget);
      int at = search.next(value, 0);
      while (at >= 0 && left-- > 0) {
        out.append(self.slice(from, at)).append(by);
        from = at + old.value.length();
        at = search.next(value, from);
      }
    }
    return out.append(self.slice(from, value.length())).toText().withMarkup(self.markup);
  }

  private static Text join(Text self, Object iterable, Budget budget) {
    TextBuilder out = new TextBuilder(budget);
    Generator items = Iteration.over(iterable);
    int index = 0;
    for (Object item = items.next(); !Generator.isEnd(item); item = items.next()) {
      budget.steps(1);
      if (index > 0) {
        out.append(self);
      }
      if (self.markup) {
        out.append(Html.escape(Repr.str(item, budget), budget));
      } else if (item instanceof Text text) {
        out.append(text);
      } else {
        throw new TemplateError(
            "sequence item " + index + ": expected str instance, " + Types.name(item) + " found");
      }
      index++;
    }
    return out.toText().withMarkup(self.markup);
  }
}
