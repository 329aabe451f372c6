package io.longhaul.engine.text;

/**
 * A token that is found in the text before the model sees it.
 *
 * @param special whether only a trusted origin may spell it
 * @param marker whether, though not special, it marks the structure of a prompt
 * @param stripLeft whether it swallows white space before it
 * @param stripRight whether it swallows white space after it
 * @param singleWord whether it is found only where no word character touches it
 */
record AddedToken(
    int id,
    String text,
    boolean special,
    boolean marker,
    boolean stripLeft,
    boolean stripRight,
    boolean singleWord) {

  static AddedToken of(int id, String text, boolean special) {
    return new AddedToken(id, text, special, KnownTokens.isMarker(text), false, false, false);
  }

  /** Whether the characters {@code [from..to)}, which spell this token, mean it. */
  boolean allowed(Origin origin, int from, int to) {
    return !(special || (marker && origin.mixed())) || origin.trusts(from, to);
  }
}
