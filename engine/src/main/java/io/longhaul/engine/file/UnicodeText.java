package io.longhaul.engine.file;

/** What Java strings allow and UTF-8 does not. */
final class UnicodeText {
  private UnicodeText() {}

  /** Whether every surrogate is one of a pair, so that UTF-8 can hold the text. */
  static boolean isWellFormed(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isSurrogate(c)) {
        if (!Character.isHighSurrogate(c)
            || i + 1 == text.length()
            || !Character.isLowSurrogate(text.charAt(i + 1))) {
          return false;
        }
        i++;
      }
    }
    return true;
  }
}
