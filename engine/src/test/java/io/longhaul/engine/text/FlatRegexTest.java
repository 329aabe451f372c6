package io.longhaul.engine.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.longhaul.engine.ModelException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Assertions;

/** The matcher without a stack against java.util.regex, which is another engine. */
class FlatRegexTest {
  /** First those of the kinds that are published, then others. */
  private static final List<String> PATTERNS =
      List.of(
          ByteLevel.GPT2_PATTERN,
          "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}"
              + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
          "[^\\r"
              + "\\n"
              + "\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\\r"
              + "\\n"
              + "\\p{L}\\p{N}]?"
              + "[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\\p{N}{1,3}|"
              + " ?[^\\s\\p{L}\\p{N}]+[\\r"
              + "\\n"
              + "/]*|\\s*[\\r"
              + "\\n"
              + "]+|\\s+(?!\\S)|\\s+",
          "\\s+$",
          "\\s?\\p{L}+",
          "[^\\n]+|[\\n]+",
          "'(?i:[sdmt]|ll|ve|re)|[^\\r"
              + "\\n"
              + "\\p{L}\\p{N}]?+\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]++[\\r"
              + "\\n"
              + "]*",
          "\\s{4}(?!\\S)|\\s{1,2}(?!\\S)|\\s",
          "a{2,}b?(?=[bc])|.",
          "\\w+|[^\\w\\s]+",
          "[\\p{P}!-/:-@\\[-`{-~]",
          "\\S*x\\S|\\d{2}|\\D");

  @Provide
  Arbitrary<String> texts() {
    return Arbitraries.of(
            "a", "b", "c", "x", "B", "S", "s", "'", "'s", "'LL", "'ſ", " ", "  ", "\n", "\r\n",
            "\t", "\u0085", "\u00a0", "\u2028", "1", "22", "333", "²", "é", "ß", "ǅ", "字", "😀",
            "𐐀", "e\u0301", "!", "…", "$", "_", "\u200d", "\uFFFD", "\u0000", "٣", "/", "K")
        .list()
        .ofMaxSize(12)
        .map(list -> String.join("", list));
  }

  @Property(tries = 3000)
  void matchesAsJavaDoes(@ForAll("texts") String text) {
    for (String pattern : PATTERNS) {
      FlatRegex flat = FlatRegexParser.parse(pattern);
      assertThat(flat).as(pattern).isNotNull();
      Splitter java = JavaRegexSplitter.compile("test", "pattern", pattern);
      assertThat(segments(flat, text)).as(pattern).isEqualTo(segments(java, text));
    }
  }

  private static List<String> segments(Splitter splitter, String text) {
    Matches matches = new Matches();
    char[] chars = ("ab" + text + "yz").toCharArray();
    splitter.find(chars, 2, chars.length - 2, matches);
    List<String> segments = new ArrayList<>();
    int from = 2;
    for (int i = 0; i < matches.count; i++) {
      segments.add(
          (matches.matched[i] ? "match " : "gap ")
              + new String(chars, from, matches.ends[i] - from));
      from = matches.ends[i];
    }
    return segments;
  }

  @Example
  void whatIsNotFlatGoesToJava() {
    for (String pattern :
        List.of(
            "(ab)+", "(?:a|b)c", "a(?=bc)", "^a", "a+?", "\\bx", "[a&&b]", "[[a]b]", "a|", "")) {
      assertThat(FlatRegexParser.parse(pattern)).as(pattern).isNull();
    }
    assertThatThrownBy(() -> Splitter.regex("f.json", "pre_tokenizer.pattern.Regex", "(a"))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("f.json: pre_tokenizer.pattern.Regex is the pattern (a");
    assertThatThrownBy(() -> Splitter.regex("f.json", "p", "\\h+"))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("\\h");
  }

  /** Two alternating groups recurse in java.util.regex: an error of the model, not of the JVM. */
  @Example
  void javaRunsOutOfStackPolitely() {
    Splitter splitter = Splitter.regex("f.json", "p", "(?:ab|c)+d");
    char[] text = "ab".repeat(1_000_000).toCharArray();
    assertThatThrownBy(() -> splitter.find(text, 0, text.length, new Matches()))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("repeats a group");
  }

  @Example
  void longRunsAreLinear() {
    for (String pattern : PATTERNS.subList(0, 8)) {
      FlatRegex flat = FlatRegexParser.parse(pattern);
      for (String unit : List.of(" ", "a", "A", "1", "\n", "字", "'", ".")) {
        char[] text = (unit.repeat(1_000_000) + "é").toCharArray();
        Assertions.assertTimeoutPreemptively(
            Duration.ofSeconds(20),
            () -> flat.find(text, 0, text.length, new Matches()),
            pattern + " on " + unit);
      }
    }
  }
}
