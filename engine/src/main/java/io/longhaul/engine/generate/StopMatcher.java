package io.longhaul.engine.generate;

import java.util.List;

/**
 * Finds stop strings in text that arrives in pieces. Text that may be the beginning of one is held
 * back until it is clear that it is not.
 */
public final class StopMatcher {
  private final List<String> stops;
  private final StringBuilder held = new StringBuilder();
  private boolean stopped;

  public StopMatcher(List<String> stops) {
    this.stops = stops.stream().filter(stop -> !stop.isEmpty()).toList();
  }

  /** Takes a piece and returns what is certain to come before any stop string. */
  public String accept(String piece) {
    held.append(piece);
    int end = -1;
    for (String stop : stops) {
      int at = held.indexOf(stop);
      if (at >= 0 && (end < 0 || at < end)) {
        end = at;
      }
    }
    if (end >= 0) {
      stopped = true;
      held.setLength(end);
      return finish();
    }
    int safe = held.length() - longestBeginning();
    String text = held.substring(0, safe);
    held.delete(0, safe);
    return text;
  }

  /** Whether a stop string has been found. */
  public boolean stopped() {
    return stopped;
  }

  /** What was held back, when no more text comes. */
  public String finish() {
    String text = held.toString();
    held.setLength(0);
    return text;
  }

  /** The length of the longest end of the held text that begins a stop string. */
  private int longestBeginning() {
    int longest = 0;
    for (String stop : stops) {
      for (int n = Math.min(stop.length() - 1, held.length()); n > longest; n--) {
        if (stop.startsWith(held.substring(held.length() - n))) {
          longest = n;
        }
      }
    }
    return longest;
  }
}
