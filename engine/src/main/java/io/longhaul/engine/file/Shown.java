package io.longhaul.engine.file;

/**
 * Text that comes out of a file, made fit for one line of a terminal or a message.
 *
 * <p>A name inside a file may hold line breaks, escape sequences that drive a terminal, or a
 * megabyte of text. Shown, it is one line of bounded length.
 */
public final class Shown {
  private static final int NAME_LENGTH = 120;

  private Shown() {}

  /** A name, cut to a length that no honest name reaches. */
  public static String name(String name) {
    return text(name, NAME_LENGTH);
  }

  /**
   * At most {@code limit} code points of the text, then an ellipsis; control characters escaped.
   */
  public static String text(String text, int limit) {
    var shown = new StringBuilder(Math.min(text.length(), limit) + 16);
    int index = 0;
    for (int count = 0; index < text.length() && count < limit; count++) {
      int point = text.codePointAt(index);
      append(shown, point);
      index += Character.charCount(point);
    }
    return index < text.length() ? shown.append('…').toString() : shown.toString();
  }

  private static void append(StringBuilder shown, int point) {
    switch (point) {
      case '\n' -> shown.append("\\n");
      case '\r' -> shown.append("\\r");
      case '\t' -> shown.append("\\t");
      default -> {
        if (isInvisible(point)) {
          shown.append(String.format("\\u%04x", point));
        } else {
          shown.appendCodePoint(point);
        }
      }
    }
  }

  /** Control and format characters (the latter reorder text), separators, unpaired surrogates. */
  private static boolean isInvisible(int point) {
    return switch (Character.getType(point)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SURROGATE ->
          true;
      default -> false;
    };
  }
}
