package io.longhaul.engine.text.answer;

/**
 * Finds, in a JSON object that arrives character by character, where the values of its members
 * {@code name} and {@code arguments} stand. It knows strings and nesting and nothing else of JSON:
 * whether the whole is valid is for a parser to say, when it is there.
 */
final class CallJsonScanner {
  private static final int UNKNOWN = -1;

  private final StringBuilder string = new StringBuilder();
  private int position;
  private int depth;
  private boolean closed;
  private boolean inString;
  private boolean escaped;

  /** The member of the outer object whose value is next or at hand; empty before a name. */
  private String member = "";

  private boolean afterColon;
  private int nameFrom = UNKNOWN;
  private int nameTo = UNKNOWN;
  private int argumentsFrom = UNKNOWN;
  private int argumentsTo = UNKNOWN;

  /**
   * Takes a character.
   *
   * @return false if it cannot belong to the object: something else comes before or after it
   */
  boolean accept(char c) {
    if (inString) {
      inString(c);
    } else if (depth == 0 || closed) {
      if (!Character.isWhitespace(c)) {
        if (closed || c != '{') {
          return false;
        }
        depth = 1;
      }
    } else {
      structure(c);
    }
    position++;
    return true;
  }

  private void inString(char c) {
    if (escaped) {
      escaped = false;
    } else if (c == '\\') {
      escaped = true;
    } else if (c == '"') {
      inString = false;
      if (depth == 1) {
        endOuterString();
      }
      return;
    }
    if (depth == 1 && !afterColon) {
      string.append(c);
    }
  }

  private void endOuterString() {
    if (!afterColon) {
      member = string.toString();
    } else if (nameFrom >= 0 && nameTo < 0) {
      nameTo = position + 1;
    }
  }

  private void structure(char c) {
    switch (c) {
      case '"' -> {
        inString = true;
        string.setLength(0);
        if (depth == 1 && afterColon && member.equals("name") && nameFrom < 0) {
          nameFrom = position;
        }
      }
      case '{', '[' -> {
        depth++;
        if (c == '{' && depth == 2 && afterColon && member.equals("arguments")) {
          argumentsFrom = argumentsFrom < 0 ? position : argumentsFrom;
        }
      }
      case '}', ']' -> {
        depth--;
        closed = depth == 0;
        if (depth == 1 && argumentsFrom >= 0 && argumentsTo < 0) {
          argumentsTo = position + 1;
        }
      }
      case ':' -> afterColon |= depth == 1;
      case ',' -> {
        if (depth == 1) {
          afterColon = false;
          member = "";
        }
      }
      default -> {} // numbers, words and white space are in no way of the structure
    }
  }

  /** Whether the last character stands within a string. */
  boolean inString() {
    return inString;
  }

  /** Where the string that is the name begins, quotes included; negative if it is not known. */
  int nameFrom() {
    return nameFrom;
  }

  int nameTo() {
    return nameTo;
  }

  /** Where the object of the arguments begins; negative if it has not come. */
  int argumentsFrom() {
    return argumentsFrom;
  }

  int argumentsTo() {
    return argumentsTo;
  }
}
