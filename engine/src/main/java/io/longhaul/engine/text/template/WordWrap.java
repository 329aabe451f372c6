package io.longhaul.engine.text.template;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The filter {@code wordwrap}: each line through Python's {@code textwrap.wrap}. */
final class WordWrap {
  private static final String SPACE = "[\\t\\n\\x0b\\x0c\\r ]";
  private static final String NO_SPACE = "[^\\t\\n\\x0b\\x0c\\r ]";
  private static final String PUNCTUATED = "[\\w!\"'&.,?]";
  private static final String LETTER = "[^\\d\\W]";

  /** Where words may be broken: at white space, behind hyphens in words, around dashes. */
  private static final Pattern CHUNKS =
      Pattern.compile(
          SPACE
              + "+|(?<="
              + PUNCTUATED
              + ")-{2,}(?=\\w)|"
              + NO_SPACE
              + "+?(?:-(?:(?<="
              + LETTER
              + "{2}-)|(?<="
              + LETTER
              + "-"
              + PUNCTUATED
              + "-))(?="
              + LETTER
              + "-?"
              + LETTER
              + ")|(?="
              + SPACE
              + "|\\z)|(?<="
              + PUNCTUATED
              + ")(?=-{2,}\\w))",
          Pattern.UNICODE_CHARACTER_CLASS);

  private static final Pattern WORDS = Pattern.compile(SPACE + "+|" + NO_SPACE + "+");

  private final int width;
  private final boolean breakLongWords;
  private final boolean breakOnHyphens;
  private final Budget budget;

  private WordWrap(int width, boolean breakLongWords, boolean breakOnHyphens, Budget budget) {
    this.width = width;
    this.breakLongWords = breakLongWords;
    this.breakOnHyphens = breakOnHyphens;
    this.budget = budget;
  }

  static Text wrap(Object value, Arguments arguments, Budget budget) {
    Object[] given =
        arguments.bind(
            "wordwrap", 0, "width", "break_long_words", "wrapstring", "break_on_hyphens");
    Text text = Types.text(value, "wordwrap: the value");
    boolean newline = Undefined.isMissing(given[2]) || given[2] == null;
    Text separator = newline ? Text.template("\n") : Types.text(given[2], "wrapstring");
    WordWrap wrap =
        new WordWrap(
            Types.index(given[0], "width", 79),
            Types.truth(given[1], true),
            Types.truth(given[3], true),
            budget);
    TextBuilder out = new TextBuilder(budget);
    boolean first = true;
    for (Object line : Splitting.lines(text, false, budget)) {
      List<String> wrapped = wrap.wrap(((Text) line).value);
      for (int i = 0; i < Math.max(1, wrapped.size()); i++) {
        if (!first) {
          out.append(separator);
        }
        first = false;
        out.append(wrapped.isEmpty() ? "" : wrapped.get(i), text.isTemplate());
      }
    }
    return out.toText();
  }

  private List<String> chunks(String line) {
    budget.text(8L * line.length());
    // The hyphens of a line may be looked at once for each of its characters.
    budget.steps((long) line.length() * line.length() / 64);
    List<String> chunks = new ArrayList<>();
    Matcher matcher = (breakOnHyphens ? CHUNKS : WORDS).matcher(line);
    while (matcher.find()) {
      if (!matcher.group().isEmpty()) {
        chunks.add(matcher.group());
      }
    }
    return chunks.reversed();
  }

  private List<String> wrap(String line) {
    if (width <= 0) {
      throw new TemplateError("invalid width " + width + " (must be > 0)");
    }
    List<String> lines = new ArrayList<>();
    // The next chunk is the last of the list.
    List<String> chunks = new ArrayList<>(chunks(line));
    while (!chunks.isEmpty()) {
      budget.steps(1);
      List<String> current = new ArrayList<>();
      int length = 0;
      if (chunks.getLast().isBlank() && !lines.isEmpty()) {
        chunks.removeLast();
      }
      while (!chunks.isEmpty() && length + points(chunks.getLast()) <= width) {
        budget.steps(1);
        length += points(chunks.getLast());
        current.add(chunks.removeLast());
      }
      if (!chunks.isEmpty() && points(chunks.getLast()) > width) {
        longWord(chunks, current, width - length);
      }
      if (!current.isEmpty() && current.getLast().isBlank()) {
        current.removeLast();
      }
      if (!current.isEmpty()) {
        lines.add(String.join("", current));
      }
    }
    return lines;
  }

  private static int points(String text) {
    return text.codePointCount(0, text.length());
  }

  /** Puts what fits of a word that is longer than a line. */
  private void longWord(List<String> chunks, List<String> current, int left) {
    if (!breakLongWords) {
      if (current.isEmpty()) {
        current.add(chunks.removeLast());
      }
      return;
    }
    String chunk = chunks.removeLast();
    int room = Math.max(left, width < 1 ? 1 : 0);
    int end = chunk.offsetByCodePoints(0, Math.min(room, points(chunk)));
    if (breakOnHyphens && points(chunk) > room) {
      int hyphen = room == 0 ? -1 : chunk.lastIndexOf('-', end - 1);
      if (hyphen > 0 && !chunk.substring(0, hyphen).chars().allMatch(c -> c == '-')) {
        end = hyphen + 1;
      }
    }
    budget.text(chunk.length());
    current.add(chunk.substring(0, end));
    if (end < chunk.length()) {
      chunks.add(chunk.substring(end));
    }
  }
}
