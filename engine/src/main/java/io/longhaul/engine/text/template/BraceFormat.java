package io.longhaul.engine.text.template;

import java.util.List;
import java.util.Map;

/** Python's {@code str.format}, with fields looked up as the sandbox does. */
final class BraceFormat {
  private final Text format;
  private final Arguments arguments;
  private final Dict map;
  private final Budget budget;
  private int automatic;
  private boolean manual;

  private BraceFormat(Text format, Arguments arguments, Dict map, Budget budget) {
    this.format = format;
    this.arguments = arguments;
    this.map = map;
    this.budget = budget;
  }

  static Text format(Text format, Arguments arguments, Budget budget) {
    return new BraceFormat(format, arguments, null, budget)
        .run(format, 0)
        .withMarkup(format.markup);
  }

  static Text format(Text format, Dict map, Budget budget) {
    return new BraceFormat(format, Arguments.NONE, map, budget)
        .run(format, 0)
        .withMarkup(format.markup);
  }

  private Text run(Text pattern, int depth) {
    if (depth > 1) {
      throw new TemplateError("Max string recursion exceeded");
    }
    TextBuilder out = new TextBuilder(budget);
    String value = pattern.value;
    int from = 0;
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c != '{' && c != '}') {
        continue;
      }
      out.append(pattern.slice(from, i));
      if (i + 1 < value.length() && value.charAt(i + 1) == c) {
        out.append(c, pattern.isTemplate(i));
        i++;
      } else if (c == '}') {
        throw new TemplateError("Single '}' encountered in format string");
      } else {
        int end = fieldEnd(value, i + 1);
        field(out, pattern, i + 1, end, depth);
        i = end;
      }
      from = i + 1;
    }
    return out.append(pattern.slice(from, value.length())).toText();
  }

  private static int fieldEnd(String value, int from) {
    if (from == value.length()) {
      throw new TemplateError("Single '{' encountered in format string");
    }
    int open = 1;
    for (int i = from; i < value.length(); i++) {
      if (value.charAt(i) == '{') {
        open++;
      } else if (value.charAt(i) == '}' && --open == 0) {
        return i;
      }
    }
    throw new TemplateError("expected '}' before end of string");
  }

  private void field(TextBuilder out, Text pattern, int from, int end, int depth) {
    budget.steps(1);
    String value = pattern.value;
    int nameEnd = from;
    boolean bracket = false;
    while (nameEnd < end
        && (bracket || (value.charAt(nameEnd) != ':' && value.charAt(nameEnd) != '!'))) {
      bracket = value.charAt(nameEnd) == '[' || (bracket && value.charAt(nameEnd) != ']');
      nameEnd++;
    }
    Object field = lookUp(pattern.slice(from, nameEnd));
    int spec = nameEnd;
    if (spec < end && value.charAt(spec) == '!') {
      if (spec + 1 == end || (spec + 2 < end && value.charAt(spec + 2) != ':')) {
        throw new TemplateError("expected ':' after conversion specifier");
      }
      char conversion = value.charAt(spec + 1);
      field =
          switch (conversion) {
            case 's' -> Repr.str(field, budget);
            case 'r', 'a' -> Repr.repr(field, budget);
            default -> throw new TemplateError("Unknown conversion specifier '" + conversion + "'");
          };
      spec += 2;
    }
    String specification = spec < end ? run(pattern.slice(spec + 1, end), depth + 1).value : "";
    if (field instanceof Undefined) {
      field = Text.EMPTY;
    }
    TextBuilder shown = new TextBuilder(budget);
    FormatSpec.parse(specification).append(shown, field, budget);
    Text text = shown.toText();
    boolean escaped = format.markup && !(field instanceof Text t && t.markup);
    out.append(escaped ? Html.escapeInner(text, budget) : text);
  }

  /** {@code name}, {@code 0}, or nothing, followed by {@code .attribute} and {@code [item]}. */
  private Object lookUp(Text name) {
    String value = name.value;
    int end = 0;
    while (end < value.length() && value.charAt(end) != '.' && value.charAt(end) != '[') {
      end++;
    }
    Object found = argument(value.substring(0, end));
    while (end < value.length()) {
      int from = end + 1;
      if (value.charAt(end) == '.') {
        end = from;
        while (end < value.length() && value.charAt(end) != '.' && value.charAt(end) != '[') {
          end++;
        }
        found = Attributes.attribute(found, value.substring(from, end));
      } else {
        end = value.indexOf(']', from);
        if (end < 0) {
          throw new TemplateError("Missing ']' in format string");
        }
        String item = value.substring(from, end);
        Object index =
            isDigits(item) ? (Object) (long) FormatSpec.number(item) : Text.outside(item);
        found = Attributes.item(found, index, budget);
        end++;
        if (end < value.length() && value.charAt(end) != '.' && value.charAt(end) != '[') {
          throw new TemplateError("Only '.' or '[' may follow ']' in format field specifier");
        }
      }
      if (end == from && value.charAt(from - 1) == '.') {
        throw new TemplateError("Empty attribute in format string");
      }
    }
    return found;
  }

  private Object argument(String name) {
    if (name.isEmpty() || isDigits(name)) {
      if (name.isEmpty() ? manual : automatic > 0) {
        throw new TemplateError(
            "cannot switch between automatic field numbering and manual field specification");
      }
      manual |= !name.isEmpty();
      int index = name.isEmpty() ? automatic++ : FormatSpec.number(name);
      List<Object> positional = arguments.positional();
      if (index >= positional.size()) {
        throw new TemplateError(
            "Replacement index " + index + " out of range for positional args tuple");
      }
      return positional.get(index);
    }
    Map<String, Object> named = arguments.named();
    if (map != null) {
      Object value = map.named(name);
      if (!Undefined.isMissing(value)) {
        return value;
      }
    } else if (named.containsKey(name)) {
      return named.get(name);
    }
    throw new TemplateError("format(): no argument '" + Types.shortened(name) + "'");
  }

  private static boolean isDigits(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) < '0' || text.charAt(i) > '9') {
        return false;
      }
    }
    return !text.isEmpty();
  }
}
