package io.longhaul.engine;

/** Why an answer ended. */
public enum FinishReason {
  /** The model produced a token that ends an answer. */
  END_TOKEN,
  /** A stop string appeared; it is not part of the text. */
  STOP_STRING,
  /** The answer has as many tokens as were asked for. */
  MAX_TOKENS,
  /** The context holds no further token. */
  CONTEXT_FULL,
  /** {@link Session#cancel} was called. */
  CANCELLED
}
