package io.longhaul.engine.text.answer;

/** Writes JSON strings (RFC 8259). */
final class JsonStrings {
  private JsonStrings() {}

  static String quote(String text) {
    return "\"" + escape(text) + "\"";
  }

  /** What stands between the quotes; of a text in pieces, each piece by itself. */
  static String escape(String text) {
    StringBuilder out = new StringBuilder(text.length() + 8);
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        default -> {
          if (c < 0x20) {
            out.append("\\u%04x".formatted((int) c));
          } else {
            out.append(c);
          }
        }
      }
    }
    return out.toString();
  }
}
