package io.longhaul.engine.text;

import java.util.Set;
import java.util.stream.IntStream;

/** Text to token ids and back. Immutable and safe for use by several threads. */
public interface Tokenizer {
  /**
   * The tokens of {@code text}. No token is added in front or behind.
   *
   * @param parseSpecial whether text that spells a special token becomes that token; false for
   *     anything a user or a tool wrote
   */
  int[] encode(CharSequence text, boolean parseSpecial);

  /**
   * The tokens of a prompt: special tokens only where the template wrote all of their characters,
   * and the text between them as if it came in one piece.
   *
   * <p>This default is for tokenizers without special tokens inside of texts: it encodes each part
   * by itself, so that text is also cut between parts.
   */
  default int[] encode(Prompt prompt) {
    return prompt.parts().stream()
        .flatMapToInt(part -> IntStream.of(encode(part.text(), part.fromTemplate())))
        .toArray();
  }

  /** The text of the tokens, special ones included; bytes that are not UTF-8 become U+FFFD. */
  String decode(int... tokens);

  /** A decoder for tokens that arrive one by one; it holds back what is not yet a character. */
  StreamDecoder streamDecoder();

  int vocabularySize();

  /** The raw bytes that a token stands for; empty for an id outside the vocabulary. */
  byte[] bytes(int token);

  /** Whether the token is a control token: never part of a text, only of a prompt's structure. */
  boolean isSpecial(int token);

  /** Tokens to put before a prompt that no chat template has made: {@code [bos]} or none. */
  int[] prefix();

  /** Tokens that end an answer (end of sequence, end of turn). */
  Set<Integer> endTokens();

  /** See {@link Tokenizer#streamDecoder()}. Not safe for use by several threads. */
  interface StreamDecoder {
    /** Takes one token and returns the characters that are complete now, often none. */
    String accept(int token);

    /** The rest, with U+FFFD for bytes that never became a character. */
    String finish();
  }
}
