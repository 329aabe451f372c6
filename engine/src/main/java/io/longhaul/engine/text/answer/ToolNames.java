package io.longhaul.engine.text.answer;

/** What can be the name of a tool: no white space within, and of reasonable length. */
final class ToolNames {
  private static final int MAX_LENGTH = 256;

  private ToolNames() {}

  /**
   * Appends text to a name with white space around it.
   *
   * @return how many characters could be appended before it would no longer be a name
   */
  static int append(StringBuilder name, String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean inside = !Character.isWhitespace(c);
      boolean afterSpace =
          !name.isEmpty() && Character.isWhitespace(name.charAt(name.length() - 1));
      if (name.length() == MAX_LENGTH || (inside && afterSpace && !name.toString().isBlank())) {
        return i;
      }
      name.append(c);
    }
    return text.length();
  }
}
