package io.longhaul.engine.text;

/** Encodes prompts that templates have rendered. */
public final class PromptEncoder {
  private PromptEncoder() {}

  /**
   * The tokens of a prompt. A special token is found only where the template wrote all of its
   * characters; all other text, whoever wrote it, is encoded as if it came in one piece.
   */
  public static int[] encode(Tokenizer tokenizer, Prompt prompt) {
    return tokenizer.encode(prompt);
  }
}
