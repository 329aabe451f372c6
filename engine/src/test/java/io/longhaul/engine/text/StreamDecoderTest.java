package io.longhaul.engine.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Text that arrives token by token is the text of all tokens, and never holds half a character. */
class StreamDecoderTest {
  /** A variant and tokens of it, more often of those that are bytes. */
  record Answer(String variant, List<Integer> tokens) {
    @Override
    public String toString() {
      return variant + tokens;
    }
  }

  @Provide
  Arbitrary<Answer> answers() {
    return Arbitraries.of(TokenizerFixtures.VARIANTS)
        .flatMap(
            variant -> {
              int size = TokenizerFixtures.tokenizer(variant).vocabularySize();
              Arbitrary<Integer> token =
                  Arbitraries.oneOf(
                      Arbitraries.integers().between(0, Math.min(600, size - 1)),
                      Arbitraries.integers().between(-2, size + 1));
              return token.list().ofMaxSize(30).map(ids -> new Answer(variant, ids));
            });
  }

  @Property(tries = 3000)
  void streamEqualsWhole(@ForAll("answers") Answer answer) {
    Tokenizer tokenizer = TokenizerFixtures.tokenizer(answer.variant);
    Tokenizer.StreamDecoder stream = tokenizer.streamDecoder();
    StringBuilder text = new StringBuilder();
    for (int token : answer.tokens) {
      String part = stream.accept(token);
      assertWholeCharacters(part);
      text.append(part);
    }
    text.append(stream.finish());
    assertThat(text.toString())
        .isEqualTo(tokenizer.decode(answer.tokens.stream().mapToInt(Integer::intValue).toArray()));
  }

  private static void assertWholeCharacters(String part) {
    assertThat(new String(part.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8))
        .isEqualTo(part);
  }

  /** Vocabularies with all bytes lose nothing. */
  @Property(tries = 1000)
  void whatIsEncodedIsDecoded(@ForAll("texts") String text) {
    for (String variant : List.of("gguf-llama-bpe", "gguf-gemma", "json-gemma", "json-gpt-4o")) {
      Tokenizer tokenizer = TokenizerFixtures.tokenizer(variant);
      assertThat(tokenizer.decode(tokenizer.encode(text, false))).isEqualTo(text);
    }
  }

  @Provide
  Arbitrary<String> texts() {
    // U+2581 is how a SentencePiece vocabulary writes a space, and comes back as one.
    return Arbitraries.integers()
        .between(0, 0x10FFFF)
        .filter(c -> (c < 0xD800 || c > 0xDFFF) && c != 0x2581)
        .list()
        .ofMaxSize(20)
        .map(
            list -> {
              StringBuilder out = new StringBuilder();
              list.forEach(out::appendCodePoint);
              return out.toString();
            });
  }

  /** The emoji's four bytes are four tokens; only the last brings it. */
  @Example
  void holdsBackHalfACharacter() {
    Tokenizer tokenizer = TokenizerFixtures.tokenizer("gguf-smollm");
    int[] tokens = tokenizer.encode("🫠", false);
    assertThat(tokens).hasSizeGreaterThan(1);
    Tokenizer.StreamDecoder stream = tokenizer.streamDecoder();
    for (int i = 0; i + 1 < tokens.length; i++) {
      assertThat(stream.accept(tokens[i])).isEmpty();
    }
    assertThat(stream.accept(tokens[tokens.length - 1])).isEqualTo("🫠");
    assertThat(stream.finish()).isEmpty();
  }
}
