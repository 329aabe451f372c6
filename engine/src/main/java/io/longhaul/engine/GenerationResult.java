package io.longhaul.engine;

import java.time.Duration;
import java.util.List;

/**
 * A finished answer.
 *
 * @param text all of it
 * @param tokens of the answer, without an end token
 * @param promptTokens how many the prompt had
 * @param reusedTokens how many of these were known from before
 * @param promptTime from the call to the first token's logits
 * @param answerTime from there to the end
 */
public record GenerationResult(
    String text,
    List<Integer> tokens,
    FinishReason finishReason,
    int promptTokens,
    int reusedTokens,
    Duration promptTime,
    Duration answerTime) {
  public GenerationResult {
    tokens = List.copyOf(tokens);
  }
}
