package io.longhaul.engine.text;

import java.text.Normalizer;
import java.util.List;

/** Rewrites a text before it is cut into pieces. */
sealed interface TextNormalizer {
  String apply(String text);

  /** Whether it leaves every text as it is. */
  default boolean isIdentity() {
    return false;
  }

  /** One of Unicode's normalization forms. */
  record Form(Normalizer.Form form) implements TextNormalizer {
    @Override
    public String apply(String text) {
      return Normalizer.normalize(text, form);
    }
  }

  /** Each character in lower case by itself: no rule looks at its neighbours. */
  record Lowercase() implements TextNormalizer {
    @Override
    public String apply(String text) {
      StringBuilder out = new StringBuilder(text.length());
      text.codePoints()
          .forEach(
              c -> {
                if (c == 0x130) {
                  out.append("i\u0307"); // the one character whose lower case is two
                } else {
                  out.appendCodePoint(Character.toLowerCase(c));
                }
              });
      return out.toString();
    }
  }

  /** Puts a text in front, unless there is nothing to put it in front of. */
  record Prepend(String prefix) implements TextNormalizer {
    @Override
    public String apply(String text) {
      return text.isEmpty() ? text : prefix + text;
    }
  }

  /** Replaces a text wherever it stands. */
  record ReplaceText(String text, String replacement) implements TextNormalizer {
    @Override
    public String apply(String in) {
      return in.replace(text, replacement);
    }
  }

  /** Replaces the matches of a pattern. */
  record ReplaceMatches(Splitter pattern, String replacement) implements TextNormalizer {
    @Override
    public String apply(String in) {
      char[] chars = in.toCharArray();
      Matches matches = new Matches();
      pattern.find(chars, 0, chars.length, matches);
      StringBuilder out = new StringBuilder(chars.length);
      int from = 0;
      for (int i = 0; i < matches.count; i++) {
        if (matches.matched[i]) {
          out.append(replacement);
        } else {
          out.append(chars, from, matches.ends[i] - from);
        }
        from = matches.ends[i];
      }
      return out.toString();
    }
  }

  /** Several, one after the other; none is the identity. */
  record Sequence(List<TextNormalizer> steps) implements TextNormalizer {
    static final Sequence IDENTITY = new Sequence(List.of());

    @Override
    public String apply(String text) {
      String result = text;
      for (TextNormalizer step : steps) {
        result = step.apply(result);
      }
      return result;
    }

    @Override
    public boolean isIdentity() {
      return steps.stream().allMatch(TextNormalizer::isIdentity);
    }
  }
}
