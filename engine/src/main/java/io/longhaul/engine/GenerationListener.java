package io.longhaul.engine;

/** Hears an answer while it is made, on the thread that makes it. */
@FunctionalInterface
public interface GenerationListener {
  /** Some more text; whole characters only. */
  void onText(String text);

  /** A token of the answer, before its text; an end token is none. */
  default void onToken(int token) {}

  /** Progress of the prompt: how many of its tokens are done. */
  default void onPrompt(int done, int total) {}

  /** The answer is over, and all of its text has been heard. */
  default void onEnd(FinishReason reason) {}
}
