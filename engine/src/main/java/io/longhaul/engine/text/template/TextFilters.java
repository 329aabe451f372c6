package io.longhaul.engine.text.template;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** The filters that make text. */
final class TextFilters {
  private TextFilters() {}

  static Object apply(String name, Object value, Arguments arguments, Budget budget) {
    return switch (name) {
      case "upper", "lower", "capitalize" -> {
        arguments.bind(name, 0);
        yield StringMethods.call(Repr.str(value, budget), name, Arguments.NONE, budget);
      }
      case "title" -> {
        arguments.bind(name, 0);
        yield title(Repr.str(value, budget), budget);
      }
      case "string" -> {
        arguments.bind(name, 0);
        yield Repr.str(value, budget);
      }
      case "safe" -> {
        arguments.bind(name, 0);
        yield Repr.str(value, budget).withMarkup(true);
      }
      case "e", "escape" -> {
        arguments.bind(name, 0);
        yield Html.escape(Repr.str(value, budget), budget);
      }
      case "forceescape" -> {
        arguments.bind(name, 0);
        yield Html.escapeInner(Repr.str(value, budget), budget).withMarkup(true);
      }
      case "striptags" -> {
        arguments.bind(name, 0);
        yield Html.stripTags(Repr.str(value, budget), budget);
      }
      case "trim" -> {
        Object chars = arguments.bind(name, 0, "chars")[0];
        Text text = Repr.str(value, budget);
        budget.text(text.value.length());
        yield StringMethods.strip(text, Undefined.isMissing(chars) ? null : chars, true, true);
      }
      case "center" -> {
        int width = Math.max(0, Types.index(arguments.bind(name, 0, "width")[0], "width", 80));
        Text text = Repr.str(value, budget);
        yield StringMethods.center(text, width, ' ', text.isTemplate(), budget);
      }
      case "replace" -> {
        Object[] given = arguments.bind(name, 2, "old", "new", "count");
        boolean all = Undefined.isMissing(given[2]) || given[2] == null;
        yield StringMethods.replace(
                Repr.str(value, budget),
                Repr.str(given[0], budget),
                Repr.str(given[1], budget),
                all ? -1 : Types.index(given[2], "count"),
                budget)
            .withMarkup(false);
      }
      case "join" -> join(value, arguments, budget);
      case "indent" -> indent(value, arguments, budget);
      case "format" -> {
        Object given = ListValue.tuple(arguments.positional());
        if (!arguments.named().isEmpty()) {
          if (arguments.size() > 0) {
            throw new TemplateError(
                "can't handle positional and keyword arguments at the same time");
          }
          Dict dict = new Dict();
          arguments.named().forEach((key, argument) -> dict.put(Text.outside(key), argument));
          given = dict;
        }
        yield PercentFormat.format(Repr.str(value, budget), given, budget);
      }
      case "truncate" -> truncate(value, arguments, budget);
      case "wordcount" -> {
        arguments.bind(name, 0);
        yield wordCount(Repr.str(value, budget).value, budget);
      }
      case "wordwrap" -> WordWrap.wrap(value, arguments, budget);
      case "urlencode" -> {
        arguments.bind(name, 0);
        yield urlEncode(value, budget);
      }
      case "xmlattr" -> xmlAttributes(value, arguments, budget);
      default -> throw new TemplateError("No filter named '" + name + "'.");
    };
  }

  /** Capitals at the start and behind white space, hyphens and opening brackets. */
  private static Text title(Text text, Budget budget) {
    budget.text(text.value.length());
    String value = text.value;
    StringBuilder out = new StringBuilder(value.length());
    boolean first = true;
    for (int i = 0; i < value.length(); ) {
      int c = value.codePointAt(i);
      if (c == '-' || c == '(' || c == '{' || c == '[' || c == '<' || Characters.isSpace(c)) {
        out.appendCodePoint(c);
        first = true;
      } else {
        String one = Character.toString(c);
        out.append(
            first
                ? one.toUpperCase(java.util.Locale.ROOT)
                : one.toLowerCase(java.util.Locale.ROOT));
        first = false;
      }
      i += Character.charCount(c);
    }
    return text.mapped(out.toString());
  }

  private static Text join(Object value, Arguments arguments, Budget budget) {
    Object[] given = arguments.bind("join", 0, "d", "attribute");
    Text separator = Undefined.isMissing(given[0]) ? Text.EMPTY : Repr.str(given[0], budget);
    AttributePath path = AttributePath.of(given[1]);
    TextBuilder out = new TextBuilder(budget);
    boolean first = true;
    Generator items = Iteration.over(value);
    for (Object item = items.next(); !Generator.isEnd(item); item = items.next()) {
      budget.steps(1);
      if (!first) {
        out.append(separator);
      }
      first = false;
      out.append(Repr.str(path.get(item, budget), budget));
    }
    return out.toText();
  }

  private static Text indent(Object value, Arguments arguments, Budget budget) {
    Object[] given = arguments.bind("indent", 0, "width", "first", "blank");
    Text text = Types.text(value, "indent: the value");
    Text indentation =
        given[0] instanceof Text prefix
            ? prefix
            : new TextBuilder(budget)
                .repeat(' ', Types.index(given[0], "width", 4), text.isTemplate())
                .toText();
    boolean first = Types.truth(given[1], false);
    boolean blank = Types.truth(given[2], false);
    // A newline is added and then taken as the end of the last line.
    Text ended = new TextBuilder(budget).append(text).append("\n", text.isTemplate()).toText();
    List<Object> lines = Splitting.lines(ended, false, budget);
    TextBuilder out = new TextBuilder(budget);
    for (int i = 0; i < lines.size(); i++) {
      Text line = (Text) lines.get(i);
      if (i > 0) {
        out.append("\n", text.isTemplate());
      }
      if (i == 0 ? first : blank || !line.isEmpty()) {
        out.append(indentation);
      }
      out.append(line);
    }
    return out.toText().withMarkup(text.markup);
  }

  private static Text truncate(Object value, Arguments arguments, Budget budget) {
    Object[] given = arguments.bind("truncate", 0, "length", "killwords", "end", "leeway");
    Text text = Types.text(value, "truncate: the value");
    int length = Types.index(given[0], "length", 255);
    Text end = Undefined.isMissing(given[2]) ? Text.template("...") : Types.text(given[2], "end");
    boolean standard = Undefined.isMissing(given[3]) || given[3] == null;
    int leeway = standard ? 5 : Types.index(given[3], "leeway");
    if (length < end.length()) {
      throw new TemplateError("expected length >= " + end.length() + ", got " + length);
    } else if (leeway < 0) {
      throw new TemplateError("expected leeway >= 0, got " + leeway);
    }
    if (text.length() <= (long) length + leeway) {
      return text;
    }
    Text kept = text.slice(0, text.offset(length - end.length()));
    if (!Types.truth(given[1], false)) {
      int space = kept.value.lastIndexOf(' ');
      kept = space < 0 ? kept : kept.slice(0, space);
    }
    return new TextBuilder(budget).append(kept).append(end).toText();
  }

  private static long wordCount(String value, Budget budget) {
    budget.scan(value.length());
    long words = 0;
    boolean inWord = false;
    for (int i = 0; i < value.length(); ) {
      int c = value.codePointAt(i);
      boolean word = c == '_' || Characters.isAlphanumeric(c);
      words += word && !inWord ? 1 : 0;
      inWord = word;
      i += Character.charCount(c);
    }
    return words;
  }

  private static Text urlEncode(Object value, Budget budget) {
    TextBuilder out = new TextBuilder(budget);
    if (value instanceof Text || !Iteration.isIterable(value)) {
      quote(out, Repr.str(value, budget).value, false);
      return out.toText();
    }
    Object pairs = value instanceof Dict dict ? new DictView(dict, DictView.Kind.ITEMS) : value;
    boolean first = true;
    for (Object item : Iteration.toList(pairs, budget)) {
      List<Object> pair = new ArrayList<>(Iteration.toList(item, budget));
      if (pair.size() != 2) {
        throw new TemplateError("urlencode: expected pairs");
      }
      if (!first) {
        out.append('&', false);
      }
      first = false;
      quote(out, Repr.str(pair.get(0), budget).value, true);
      out.append('=', false);
      quote(out, Repr.str(pair.get(1), budget).value, true);
    }
    return out.toText();
  }

  private static void quote(TextBuilder out, String text, boolean query) {
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      int c = b & 0xff;
      boolean safe = c < 0x80 && (Character.isLetterOrDigit(c) || "_.-~".indexOf(c) >= 0);
      if (safe || (c == '/' && !query)) {
        out.append((char) c, false);
      } else if (c == ' ' && query) {
        out.append('+', false);
      } else {
        out.append('%', false)
            .append(Character.toUpperCase(Character.forDigit(c >> 4, 16)), false)
            .append(Character.toUpperCase(Character.forDigit(c & 15, 16)), false);
      }
    }
  }

  private static Text xmlAttributes(Object value, Arguments arguments, Budget budget) {
    boolean space = Types.truth(arguments.bind("xmlattr", 0, "autospace")[0], true);
    if (!(value instanceof Dict dict)) {
      throw new TemplateError("xmlattr: expected a dict, not " + Types.name(value));
    }
    TextBuilder out = new TextBuilder(budget);
    for (Dict.Entry entry : dict.entries()) {
      if (entry.value() == null || entry.value() instanceof Undefined) {
        continue;
      }
      Text key = Types.text(entry.key(), "attribute name");
      for (int i = 0; i < key.value.length(); i++) {
        char c = key.value.charAt(i);
        if (c == '/' || c == '>' || c == '=' || c == ' ' || (c >= '\t' && c <= '\r')) {
          throw new TemplateError("Invalid character in attribute name: " + Types.shortRepr(key));
        }
      }
      if (space || out.length() > 0) {
        out.append(' ', false);
      }
      out.append(Html.escape(key, budget))
          .append("=\"", false)
          .append(Html.escape(Repr.str(entry.value(), budget), budget))
          .append('"', false);
    }
    return out.toText();
  }
}
