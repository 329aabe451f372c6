package io.longhaul.engine.text;

/** Finds the matches of a pattern in a stretch of text, as if nothing stood around it. */
interface Splitter {
  /** Puts the segments of {@code text[from..to)} into {@code out}. */
  void find(char[] text, int from, int to, Matches out);

  /**
   * The splitter of a regular expression in Oniguruma's syntax, as tokenizer.json has it.
   *
   * <p>Flat patterns (alternatives of quantified character classes: all the pre-tokenizers that are
   * published, with very few exceptions) run on {@link FlatRegex}, in constant stack. The others
   * run on {@link java.util.regex}.
   *
   * @param source what error messages name: the file
   * @param field what error messages name: the place in the file
   */
  static Splitter regex(String source, String field, String pattern) {
    FlatRegex flat = FlatRegexParser.parse(pattern);
    return flat != null ? flat : JavaRegexSplitter.compile(source, field, pattern);
  }
}
