package io.longhaul.engine.text.template;

import java.util.Arrays;

/**
 * A string that knows the origin of each of its characters: the template's own text, or text from
 * outside. Immutable.
 *
 * <p>The origin is kept as runs: the first run's origin and the offsets at which it changes.
 * Offsets are in UTF-16 units; positions that a template sees count code points, as in Python.
 */
final class Text {
  private static final int[] NONE = {};

  static final Text EMPTY = new Text("", true, NONE, false);

  final String value;

  /** Whether this is Python's {@code Markup}, which escapes what is added to it. */
  final boolean markup;

  private final boolean first;
  private final int[] cuts;
  private int length = -1;

  /**
   * @param first whether the first run is the template's own
   * @param cuts ascending offsets inside the string at which the origin changes
   */
  Text(String value, boolean first, int[] cuts, boolean markup) {
    this.value = value;
    this.first = first;
    this.cuts = cuts;
    this.markup = markup;
  }

  static Text of(String value, boolean fromTemplate) {
    return new Text(value, fromTemplate, NONE, false);
  }

  static Text template(String value) {
    return of(value, true);
  }

  static Text outside(String value) {
    return of(value, false);
  }

  boolean isEmpty() {
    return value.isEmpty();
  }

  /** The number of code points. */
  int length() {
    if (length < 0) {
      length = value.codePointCount(0, value.length());
    }
    return length;
  }

  /** The offset of a code point, {@code 0 <= point <= length()}. */
  int offset(int point) {
    return length() == value.length() ? point : value.offsetByCodePoints(0, point);
  }

  /** How many code points stand before an offset. */
  int point(int offset) {
    return length() == value.length() ? offset : value.codePointCount(0, offset);
  }

  /** How many cuts stand at an offset or before it. */
  private int cutsUpTo(int offset) {
    int found = Arrays.binarySearch(cuts, offset);
    return found >= 0 ? found + 1 : -found - 1;
  }

  /** Whether all of it is the template's own. */
  boolean isTemplate() {
    return (first && cuts.length == 0) || value.isEmpty();
  }

  /** Whether the character at an offset is the template's own. */
  boolean isTemplate(int offset) {
    return first ^ (cutsUpTo(offset) % 2 == 1);
  }

  /** The part between two offsets, with its origins; markup stays markup. */
  Text slice(int from, int to) {
    if (from == 0 && to == value.length()) {
      return this;
    }
    if (cuts.length == 0) {
      return new Text(value.substring(from, to), first, NONE, markup);
    }
    int start = cutsUpTo(from);
    int end = Math.max(start, cutsUpTo(to - 1));
    int[] inside = new int[end - start];
    for (int i = 0; i < inside.length; i++) {
      inside[i] = cuts[start + i] - from;
    }
    boolean origin = first ^ (start % 2 == 1);
    return new Text(value.substring(from, to), origin, inside, markup);
  }

  /**
   * The result of a mapping of each character (case, say). The origins stay where the lengths
   * agree; otherwise a mixed text counts as from outside.
   */
  Text mapped(String result) {
    if (cuts.length == 0 || result.length() == value.length()) {
      return new Text(result, first, cuts, markup);
    }
    return new Text(result, false, NONE, markup);
  }

  Text withMarkup(boolean asMarkup) {
    return asMarkup == markup ? this : new Text(value, first, cuts, asMarkup);
  }

  /** Calls {@code builder} for each run. */
  void appendTo(TextBuilder builder) {
    int from = 0;
    boolean origin = first;
    for (int cut : cuts) {
      builder.append(value, from, cut, origin);
      origin = !origin;
      from = cut;
    }
    builder.append(value, from, value.length(), origin);
  }

  @Override
  public String toString() {
    return value;
  }
}
