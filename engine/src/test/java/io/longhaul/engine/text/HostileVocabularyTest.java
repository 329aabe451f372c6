package io.longhaul.engine.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.longhaul.engine.ModelException;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** What is wrong with a GGUF vocabulary is said: file, field, value. */
class HostileVocabularyTest {
  private static void assertRefused(
      UnaryOperator<SmallVocabulary> change, String field, String... words) {
    SmallVocabulary vocabulary = change.apply(SmallVocabulary.gguf());
    assertRefused(vocabulary, field, words);
  }

  private static void assertRefused(SmallVocabulary vocabulary, String field, String... words) {
    assertThatThrownBy(vocabulary::build)
        .isInstanceOf(ModelException.class)
        .hasMessageStartingWith("model.gguf: ")
        .hasMessageContaining(field)
        .satisfies(e -> assertThat(e.getMessage()).contains(words).doesNotContain("\n"));
  }

  @Test
  void theVocabularyItselfIsFine() {
    assertThat(SmallVocabulary.gguf().build().vocabularySize()).isEqualTo(256);
    assertThat(SmallVocabulary.sentencePiece().build().vocabularySize()).isEqualTo(259);
  }

  @Test
  void unknownModelAndPreTokenizer() {
    assertRefused(
        v -> v.set("tokenizer.ggml.model", "bert"), "tokenizer.ggml.model", "bert", "gpt2");
    assertRefused(
        v -> v.set("tokenizer.ggml.pre", "secret"),
        "tokenizer.ggml.pre",
        "secret",
        "glm4",
        "smollm");
    assertRefused(v -> v.set("tokenizer.ggml.model", null), "tokenizer.ggml.model", "missing");
  }

  @Test
  void arraysOfOtherLengths() {
    assertRefused(
        v -> v.set("tokenizer.ggml.token_type", new long[3]),
        "tokenizer.ggml.token_type",
        "3 elements",
        "256");
    assertRefused(
        SmallVocabulary.sentencePiece().set("tokenizer.ggml.scores", new double[300]),
        "tokenizer.ggml.scores",
        "300 elements",
        "259");
    assertRefused(
        v -> v.set("tokenizer.ggml.tokens", new String[0]), "tokenizer.ggml.tokens", "0 elements");
  }

  @Test
  void valuesOutOfRange() {
    long[] types = new long[256];
    types[7] = 9;
    assertRefused(
        v -> v.set("tokenizer.ggml.token_type", types),
        "tokenizer.ggml.token_type",
        "9 at index 7");
    double[] scores = new double[259];
    scores[5] = Double.NaN;
    assertRefused(
        SmallVocabulary.sentencePiece().set("tokenizer.ggml.scores", scores),
        "tokenizer.ggml.scores",
        "NaN at index 5");
    for (String name : new String[] {"bos", "eos", "eot", "eom", "fim_pad"}) {
      String field = "tokenizer.ggml." + name + "_token_id";
      assertRefused(v -> v.set(field, 256L), field, "256");
      assertRefused(v -> v.set(field, -1L), field, "-1");
      assertRefused(v -> v.set(field, 1L << 32), field, "4294967296");
    }
    assertRefused(
        v -> v.set("tokenizer.ggml.eos_token_ids", new long[] {1, 1000}),
        "tokenizer.ggml.eos_token_ids",
        "1000");
  }

  @Test
  void wrongMerges() {
    assertRefused(v -> v.merge("ab"), "tokenizer.ggml.merges", "\"ab\" at index 0", "not a pair");
    assertRefused(v -> v.merge(""), "tokenizer.ggml.merges", "not a pair");
    assertRefused(v -> v.merge("xy z"), "tokenizer.ggml.merges", "\"xy z\"", "left part");
    assertRefused(v -> v.merge("z xy"), "tokenizer.ggml.merges", "\"z xy\"", "right part");
    assertRefused(v -> v.merge("a "), "tokenizer.ggml.merges", "right part");
    assertRefused(
        v -> v.token("ab", 1).merge("a b").merge("a c"),
        "tokenizer.ggml.merges",
        "\"a c\" at index 1",
        "joins to no token");
  }

  @Test
  void duplicates() {
    assertRefused(v -> v.token("a", 1), "tokenizer.ggml.tokens", "\"a\" twice", "256");
    Tokenizer twice =
        SmallVocabulary.gguf()
            .token("ab", 1)
            .token("bc", 1)
            .merge("a b")
            .merge("b c")
            .merge("a b")
            .build();
    assertThat(twice.decode(twice.encode("abc", false))).isEqualTo("abc");
    assertThat(twice.encode("abc", false)[0]).isEqualTo(256); // the first rank counts
  }

  @Test
  void byteTokens() {
    assertRefused(
        SmallVocabulary.sentencePiece().token("<0xZZ>", 6), "tokenizer.ggml.tokens", "<0xZZ>");
    SmallVocabulary noBytes = SmallVocabulary.gguf().set("tokenizer.ggml.model", "llama");
    assertRefused(noBytes, "tokenizer.ggml.tokens", "<0x00>");
  }

  @Test
  void textsOfOneHashDoNotTakeForever() {
    SmallVocabulary vocabulary = SmallVocabulary.gguf();
    for (int i = 0; i < 1 << 13; i++) {
      StringBuilder text = new StringBuilder();
      for (int bit = 0; bit < 13; bit++) {
        text.append((i >>> bit & 1) == 0 ? "Aa" : "BB");
      }
      vocabulary.token(text.toString(), 1);
    }
    assertRefused(vocabulary, "tokenizer.ggml.tokens", "one hash");
  }

  /** A token that text spells is not the control token of that text, even by way of merges. */
  @Test
  void mergesMakeNoControlToken() {
    Tokenizer tokenizer =
        SmallVocabulary.sentencePiece()
            .set("tokenizer.ggml.add_space_prefix", false)
            .token("<", 1)
            .token("s", 1)
            .token(">", 1)
            .token("s>", 1)
            .build();
    assertThat(tokenizer.encode("<s>", true)).containsExactly(1);
    assertThat(tokenizer.encode("<s>", false)).doesNotContain(1).hasSize(2);
    assertThat(tokenizer.isSpecial(1)).isTrue();
    assertThat(tokenizer.bytes(-1)).isEmpty();
    assertThat(tokenizer.bytes(1 << 20)).isEmpty();
  }
}
