package io.longhaul.engine.text.answer;

/** Reads one tool call, from after its {@code <tool_call>} to its end. */
interface CallParser {
  /**
   * Takes text of the call.
   *
   * @return how many of its characters belong to the call; fewer than all if the call is damaged
   *     there, which has been told, and is over
   */
  int text(String piece);

  /** Takes a marker. */
  Outcome marker(Marker marker);

  /** The answer ends within the call. */
  void truncated();

  /** What a marker does to a call. */
  enum Outcome {
    /** It belongs to the call, which goes on. */
    GOES_ON,
    /** It belongs to the call, which is over. */
    OVER,
    /** The call is damaged, which has been told, and over; the marker does not belong to it. */
    DAMAGED
  }
}
