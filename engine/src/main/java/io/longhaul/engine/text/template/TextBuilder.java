package io.longhaul.engine.text.template;

import io.longhaul.engine.text.Prompt;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Builds a {@link Text}, paying for each character before it is appended. */
final class TextBuilder {
  private final Budget budget;
  private final StringBuilder value = new StringBuilder();
  private boolean first;
  private boolean last;
  private int[] cuts = new int[4];
  private int cutCount;

  TextBuilder(Budget budget) {
    this.budget = budget;
  }

  int length() {
    return value.length();
  }

  TextBuilder append(Text text) {
    text.appendTo(this);
    return this;
  }

  TextBuilder append(String text, boolean fromTemplate) {
    return append(text, 0, text.length(), fromTemplate);
  }

  TextBuilder append(String text, int from, int to, boolean fromTemplate) {
    if (from < to) {
      pay(to - from);
      origin(fromTemplate);
      value.append(text, from, to);
    }
    return this;
  }

  TextBuilder appendPoint(int codePoint, boolean fromTemplate) {
    pay(Character.charCount(codePoint));
    origin(fromTemplate);
    value.appendCodePoint(codePoint);
    return this;
  }

  TextBuilder append(char c, boolean fromTemplate) {
    pay(1);
    origin(fromTemplate);
    value.append(c);
    return this;
  }

  TextBuilder repeat(int codePoint, long times, boolean fromTemplate) {
    if (times > 0) {
      pay(Math.min(times, Integer.MAX_VALUE) * Character.charCount(codePoint));
      origin(fromTemplate);
      value.repeat(codePoint, (int) times);
    }
    return this;
  }

  private void pay(long chars) {
    budget.append(chars, value.length() + chars);
  }

  private void origin(boolean fromTemplate) {
    if (value.isEmpty()) {
      first = fromTemplate;
    } else if (fromTemplate != last) {
      if (cutCount == cuts.length) {
        cuts = Arrays.copyOf(cuts, cutCount * 2);
      }
      cuts[cutCount++] = value.length();
    }
    last = fromTemplate;
  }

  Text toText() {
    return new Text(value.toString(), first, Arrays.copyOf(cuts, cutCount), false);
  }

  Prompt toPrompt() {
    List<Prompt.Part> parts = new ArrayList<>(cutCount + 1);
    int from = 0;
    boolean origin = first;
    for (int i = 0; i <= cutCount; i++) {
      int to = i < cutCount ? cuts[i] : value.length();
      if (from < to) {
        parts.add(new Prompt.Part(value.substring(from, to), origin));
      }
      origin = !origin;
      from = to;
    }
    return new Prompt(parts);
  }
}
