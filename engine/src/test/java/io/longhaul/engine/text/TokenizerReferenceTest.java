package io.longhaul.engine.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** The tokens and texts of llama.cpp and of Hugging Face's tokenizers, on 20,000 strings. */
class TokenizerReferenceTest {
  static final List<String> VARIANTS = TokenizerFixtures.VARIANTS;

  @ParameterizedTest
  @FieldSource("VARIANTS")
  void encodesAndDecodesAsTheReference(String variant) throws IOException {
    List<String> strings = TokenizerReference.strings(TokenizerFixtures.FILES);
    assertThat(strings).hasSize(20_000);
    TokenizerReference reference = TokenizerFixtures.reference(variant);
    TokenizerReference.Comparison found =
        reference.compare(TokenizerFixtures.tokenizer(variant), strings);
    assertThat(found.encodings()).isEmpty();
    assertThat(found.decodings()).isEmpty();
    assertThat(found.answers()).isGreaterThan(200);
  }

  @ParameterizedTest
  @FieldSource("VARIANTS")
  void knowsSizeEndAndPrefix(String variant) throws IOException {
    Map<String, Object> facts = TokenizerFixtures.reference(variant).facts();
    Tokenizer tokenizer = TokenizerFixtures.tokenizer(variant);
    assertThat((long) tokenizer.vocabularySize()).isEqualTo(facts.get("size"));
    assertThat(TokenizerFixtures.reference(variant).agreesOnEndAndPrefix(tokenizer)).isTrue();
  }
}
