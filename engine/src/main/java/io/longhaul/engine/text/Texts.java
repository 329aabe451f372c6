package io.longhaul.engine.text;

/** Small services on texts. */
final class Texts {
  private static final int SHOWN = 60;

  private Texts() {}

  /** The text for a message: quoted, control characters escaped, cut to a readable length. */
  static String quote(String text) {
    StringBuilder out = new StringBuilder("\"");
    for (int i = 0; i < Math.min(text.length(), SHOWN); i++) {
      char c = text.charAt(i);
      if (c < ' ' || c == 0x7F || Character.isSurrogate(c)) {
        out.append("\\u%04x".formatted((int) c));
      } else {
        out.append(c);
      }
    }
    return out.append(text.length() > SHOWN ? "…\"" : "\"").toString();
  }

  /** The characters, with U+FFFD for each half of a surrogate pair that stands alone. */
  static char[] wellFormed(CharSequence text) {
    char[] chars = text.toString().toCharArray();
    for (int i = 0; i < chars.length; i++) {
      if (Character.isSurrogate(chars[i])) {
        if (Character.isHighSurrogate(chars[i])
            && i + 1 < chars.length
            && Character.isLowSurrogate(chars[i + 1])) {
          i++;
        } else {
          chars[i] = '\uFFFD';
        }
      }
    }
    return chars;
  }
}
