package io.longhaul.engine;

import io.longhaul.engine.text.answer.AnswerParser;

/**
 * Gives the tokens of a generated answer to a parser, and the text that is certain to be part of
 * the answer: the events are those of {@link GenerationResult#text}, which ends before a stop
 * string. Whoever listens to progress too calls this from a listener of their own.
 */
public final class AnswerListener implements GenerationListener {
  private final AnswerParser parser;

  /**
   * For one answer.
   *
   * @see Model#newAnswerParser
   */
  public AnswerListener(AnswerParser parser) {
    this.parser = parser;
  }

  @Override
  public void onToken(int token) {
    parser.hold(token);
  }

  @Override
  public void onText(String text) {
    parser.release(text.length());
  }

  @Override
  public void onEnd(FinishReason reason) {
    parser.finishReleased();
  }
}
