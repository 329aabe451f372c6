package io.longhaul.engine.file;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** One change of a JSON text, token by token. Indexes are taken modulo what there is. */
sealed interface TextMutation {
  Pattern TOKEN = Pattern.compile("\"(?:[^\"\\\\]|\\\\.)*\"|[-+.\\w]+|\\s+|.", Pattern.DOTALL);

  /** Changes a list of at least one token. */
  void apply(List<String> tokens);

  /** The text after all changes. */
  static String apply(String text, List<TextMutation> mutations) {
    List<String> tokens =
        new ArrayList<>(TOKEN.matcher(text).results().map(MatchResult::group).toList());
    for (TextMutation mutation : mutations) {
      if (!tokens.isEmpty()) {
        mutation.apply(tokens);
      }
    }
    return String.join("", tokens);
  }

  record Replace(int index, String token) implements TextMutation {
    @Override
    public void apply(List<String> tokens) {
      tokens.set(index % tokens.size(), token);
    }
  }

  /** Replaces a number, if the text has one. */
  record ReplaceNumber(int index, String number) implements TextMutation {
    @Override
    public void apply(List<String> tokens) {
      List<Integer> numbers = new ArrayList<>();
      for (int i = 0; i < tokens.size(); i++) {
        if (!tokens.get(i).isEmpty() && Character.isDigit(tokens.get(i).charAt(0))) {
          numbers.add(i);
        }
      }
      if (!numbers.isEmpty()) {
        tokens.set(numbers.get(index % numbers.size()), number);
      }
    }
  }

  record Delete(int index) implements TextMutation {
    @Override
    public void apply(List<String> tokens) {
      tokens.remove(index % tokens.size());
    }
  }

  /** Repeats a run of tokens behind itself. */
  record Duplicate(int index, int count) implements TextMutation {
    @Override
    public void apply(List<String> tokens) {
      int start = index % tokens.size();
      int end = Math.min(tokens.size(), start + count);
      tokens.addAll(end, List.copyOf(tokens.subList(start, end)));
    }
  }

  /** Copies a token over another, so that names and values meet in new places. */
  record Copy(int from, int to) implements TextMutation {
    @Override
    public void apply(List<String> tokens) {
      tokens.set(to % tokens.size(), tokens.get(from % tokens.size()));
    }
  }
}
