package io.longhaul.cli;

/**
 * What was typed into the chat, of one line or many: a line that ends with a backslash goes on in
 * the next, and text between {@code """} and {@code """} is taken as it is.
 *
 * @param text without the marks
 * @param quoted whether it stood between the marks, and is no command whatever it begins with
 */
record ChatInput(String text, boolean quoted) {
  private static final String QUOTES = "\"\"\"";

  static ChatInput parse(String typed) {
    String stripped = typed.strip();
    if (!isQuoted(stripped)) {
      return new ChatInput(stripped.replace("\\\n", "\n"), false);
    }
    int end = stripped.length() - QUOTES.length();
    String inner = stripped.substring(QUOTES.length(), Math.max(QUOTES.length(), end));
    return new ChatInput(inner.replaceFirst("^\\R", "").stripTrailing(), true);
  }

  /** Whether more lines belong to it. */
  static boolean goesOn(String typed) {
    String stripped = typed.strip();
    if (isQuoted(stripped)) {
      return stripped.length() < 2 * QUOTES.length() || !stripped.endsWith(QUOTES);
    }
    return typed.endsWith("\\");
  }

  private static boolean isQuoted(String stripped) {
    return stripped.startsWith(QUOTES);
  }
}
