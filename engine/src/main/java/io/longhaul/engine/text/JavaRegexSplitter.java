package io.longhaul.engine.text;

import io.longhaul.engine.ModelException;
import java.nio.CharBuffer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * A pattern that {@link FlatRegex} cannot run, on java.util.regex with the flags that make it read
 * as Oniguruma's Ruby dialect does: Unicode classes and case, {@code ^} and {@code $} at every line
 * feed and at no other line end.
 */
final class JavaRegexSplitter implements Splitter {
  private final String source;
  private final String field;
  private final Pattern pattern;

  private JavaRegexSplitter(String source, String field, Pattern pattern) {
    this.source = source;
    this.field = field;
    this.pattern = pattern;
  }

  /** Constructs that both dialects accept and read differently. */
  private static final Pattern DIFFERENT =
      Pattern.compile("\\\\[hHRXKGgkv]|\\(\\?[a-z]*m|\\{[0-9,]+\\}\\+|\\\\x|\\[\\[:");

  static JavaRegexSplitter compile(String source, String field, String regex) {
    Matcher different = DIFFERENT.matcher(regex);
    if (different.find()) {
      throw new ModelException(
          "%s: %s is the pattern %s, whose %s is not supported"
              .formatted(source, field, regex, different.group()));
    }
    try {
      int flags =
          Pattern.UNICODE_CHARACTER_CLASS
              | Pattern.UNICODE_CASE
              | Pattern.MULTILINE
              | Pattern.UNIX_LINES;
      return new JavaRegexSplitter(source, field, Pattern.compile(regex, flags));
    } catch (PatternSyntaxException e) {
      throw new ModelException(
          "%s: %s is the pattern %s, which cannot be read: %s"
              .formatted(source, field, regex, e.getDescription()),
          e);
    }
  }

  @Override
  public void find(char[] text, int from, int to, Matches out) {
    out.begin(from);
    Matcher matcher = pattern.matcher(CharBuffer.wrap(text, from, to - from));
    try {
      while (matcher.find()) {
        out.match(from + matcher.start(), from + matcher.end());
      }
    } catch (StackOverflowError e) {
      // java.util.regex recurses once for each repetition of a group: a property of the pattern.
      throw new ModelException(
          "%s: %s is the pattern %s, which repeats a group and cannot split a text of %d characters"
              .formatted(source, field, pattern.pattern(), to - from),
          e);
    }
    out.finish(to);
  }
}
