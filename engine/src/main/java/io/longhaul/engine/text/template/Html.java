package io.longhaul.engine.text.template;

import java.util.List;

/** The parts of MarkupSafe that Jinja's filters use. */
final class Html {
  private Html() {}

  /** {@code escape(text)}: markup, unchanged if it is markup already. */
  static Text escape(Text text, Budget budget) {
    return text.markup ? text : escapeInner(text, budget).withMarkup(true);
  }

  /** The text with {@code & < > ' "} replaced, markup or not. */
  static Text escapeInner(Text text, Budget budget) {
    TextBuilder out = new TextBuilder(budget);
    String value = text.value;
    int from = 0;
    for (int i = 0; i < value.length(); i++) {
      String entity =
          switch (value.charAt(i)) {
            case '&' -> "&amp;";
            case '<' -> "&lt;";
            case '>' -> "&gt;";
            case '\'' -> "&#39;";
            case '"' -> "&#34;";
            default -> null;
          };
      if (entity != null) {
        out.append(text.slice(from, i)).append(entity, text.isTemplate(i));
        from = i + 1;
      }
    }
    return out.append(text.slice(from, value.length())).toText();
  }

  /** Without tags and comments, white space collapsed, entities resolved. */
  static Text stripTags(Text text, Budget budget) {
    String value = text.value;
    budget.text(value.length());
    StringBuilder kept = new StringBuilder();
    int position = 0;
    for (int start = value.indexOf('<'); start >= 0; start = value.indexOf('<', position)) {
      boolean comment = value.startsWith("<!--", start);
      int end = comment ? value.indexOf("-->", start + 4) : value.indexOf('>', start);
      if (end < 0) {
        break;
      }
      kept.append(value, position, start);
      position = end + (comment ? 3 : 1);
    }
    kept.append(value, position, value.length());
    List<Object> words = Splitting.words(Text.of(kept.toString(), text.isTemplate()), -1, budget);
    TextBuilder out = new TextBuilder(budget);
    for (int i = 0; i < words.size(); i++) {
      if (i > 0) {
        out.append(' ', text.isTemplate());
      }
      out.append((Text) words.get(i));
    }
    return unescape(out.toText(), budget);
  }

  /**
   * Resolves numeric entities and the named ones of XML and {@code nbsp}; the two thousand other
   * names of HTML stay as they are.
   */
  private static Text unescape(Text text, Budget budget) {
    String value = text.value;
    StringBuilder out = new StringBuilder(value.length());
    budget.text(value.length());
    int position = 0;
    for (int start = value.indexOf('&'); start >= 0; start = value.indexOf('&', position)) {
      out.append(value, position, start);
      int end = value.indexOf(';', start);
      int character = end < 0 || end - start > 10 ? -1 : entity(value.substring(start + 1, end));
      if (character < 0) {
        out.append('&');
        position = start + 1;
      } else {
        out.appendCodePoint(character);
        position = end + 1;
      }
    }
    return Text.of(out.append(value, position, value.length()).toString(), text.isTemplate());
  }

  private static int entity(String name) {
    if (name.startsWith("#")) {
      boolean hex = name.startsWith("#x") || name.startsWith("#X");
      Object number = Numbers.parseInt(name.substring(hex ? 2 : 1), hex ? 16 : 10);
      boolean valid =
          number instanceof Long n && n > 0 && Character.isValidCodePoint((int) (long) n);
      return valid ? (int) (long) (Long) number : -1;
    }
    return switch (name) {
      case "amp" -> '&';
      case "lt" -> '<';
      case "gt" -> '>';
      case "quot" -> '"';
      case "apos" -> '\'';
      case "nbsp" -> 0xa0;
      default -> -1;
    };
  }
}
