package io.longhaul.cli.json;

import java.util.Collection;
import java.util.Iterator;
import java.util.Map;

/**
 * Writes plain Java values as JSON (RFC 8259), indented by two spaces or on one line: maps in their
 * own order, collections, strings, booleans, numbers and {@code null}. The counterpart of {@link
 * io.longhaul.engine.json.Json}, which reads them.
 */
public final class JsonText {
  private final StringBuilder out = new StringBuilder();
  private final boolean compact;

  private JsonText(boolean compact) {
    this.compact = compact;
  }

  /**
   * The document for a value, without a line end.
   *
   * @throws IllegalArgumentException for a value that JSON cannot hold, such as NaN
   */
  public static String of(Object value) {
    return write(value, false);
  }

  /** The same on one line. */
  public static String compact(Object value) {
    return write(value, true);
  }

  private static String write(Object value, boolean compact) {
    JsonText text = new JsonText(compact);
    text.value(value, 0);
    return text.out.toString();
  }

  private void value(Object value, int depth) {
    switch (value) {
      case null -> out.append("null");
      case CharSequence text -> string(text);
      case Boolean bool -> out.append(bool.booleanValue());
      case Double number when !Double.isFinite(number) -> throw unsupported(number);
      case Float number when !Float.isFinite(number) -> throw unsupported(number);
      case Number number -> out.append(number);
      case Map<?, ?> map -> object(map, depth);
      case Collection<?> list -> array(list, depth);
      default -> throw unsupported(value);
    }
  }

  private void object(Map<?, ?> map, int depth) {
    out.append('{');
    Iterator<? extends Map.Entry<?, ?>> entries = map.entrySet().iterator();
    while (entries.hasNext()) {
      Map.Entry<?, ?> entry = entries.next();
      line(depth + 1);
      string(String.valueOf(entry.getKey()));
      out.append(compact ? ":" : ": ");
      value(entry.getValue(), depth + 1);
      if (entries.hasNext()) {
        out.append(',');
      } else {
        line(depth);
      }
    }
    out.append('}');
  }

  private void array(Collection<?> list, int depth) {
    out.append('[');
    Iterator<?> items = list.iterator();
    while (items.hasNext()) {
      line(depth + 1);
      value(items.next(), depth + 1);
      if (items.hasNext()) {
        out.append(',');
      } else {
        line(depth);
      }
    }
    out.append(']');
  }

  private void line(int depth) {
    if (!compact) {
      out.append('\n').repeat("  ", depth);
    }
  }

  private void string(CharSequence text) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        default -> {
          if (c < 0x20 || loneSurrogate(text, i)) {
            out.append("\\u%04x".formatted((int) c));
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }

  /** A surrogate without its other half has no UTF-8 form; the escape keeps it. */
  private static boolean loneSurrogate(CharSequence text, int i) {
    char c = text.charAt(i);
    if (Character.isHighSurrogate(c)) {
      return i + 1 >= text.length() || !Character.isLowSurrogate(text.charAt(i + 1));
    }
    return Character.isLowSurrogate(c)
        && (i == 0 || !Character.isHighSurrogate(text.charAt(i - 1)));
  }

  private static IllegalArgumentException unsupported(Object value) {
    return new IllegalArgumentException(
        "no JSON for " + value + " of " + value.getClass().getName());
  }
}
