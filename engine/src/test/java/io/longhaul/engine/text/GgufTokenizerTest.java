package io.longhaul.engine.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** What the fields of a GGUF file mean, where no reference vocabulary shows it. */
class GgufTokenizerTest {
  private static SmallVocabulary withEnds() {
    return SmallVocabulary.gguf()
        .token("<|user|>", 3)
        .token("<|observation|>", 3)
        .token("<|endoftext|>", 1)
        .token("</s>", 1)
        .token("<|end|>", 3);
  }

  @Test
  void endTokensAreNamedOrKnown() {
    Tokenizer tokenizer =
        withEnds()
            .set("tokenizer.ggml.eos_token_id", 256L)
            .set("tokenizer.ggml.eom_token_id", 257L)
            .build();
    assertThat(tokenizer.endTokens()).containsExactlyInAnyOrder(256, 257, 258, 260);
    assertThat(tokenizer.isSpecial(258)).isTrue(); // a control token whatever the file says
    assertThat(tokenizer.isSpecial(259)).isFalse(); // an HTML tag where the file says so
    assertThat(
            withEnds().set("tokenizer.ggml.eos_token_ids", new long[] {1, 2}).build().endTokens())
        .contains(1, 2);
  }

  @Test
  void channelFormatGoesOnAfterEnd() {
    Tokenizer tokenizer = withEnds().token("<|call|>", 3).token("<|return|>", 3).build();
    assertThat(tokenizer.endTokens()).containsExactlyInAnyOrder(258, 261, 262);
  }

  @Test
  void prefixFollowsFieldAndPreTokenizer() {
    assertThat(SmallVocabulary.gguf().set("tokenizer.ggml.bos_token_id", 7L).build().prefix())
        .containsExactly(7); // llama-bpe adds it by default
    assertThat(
            SmallVocabulary.gguf()
                .set("tokenizer.ggml.bos_token_id", 7L)
                .set("tokenizer.ggml.add_bos_token", false)
                .build()
                .prefix())
        .isEmpty();
    assertThat(SmallVocabulary.gguf().build().prefix()).isEmpty();
    assertThat(SmallVocabulary.sentencePiece().build().prefix()).containsExactly(1);
  }

  @Test
  void sentencePieceSpaceComesAndGoes() {
    SmallVocabulary vocabulary = SmallVocabulary.sentencePiece().token("\u2581", 1).token("a", 1);
    Tokenizer with = vocabulary.build();
    assertThat(with.encode("a a", false)).containsExactly(259, 260, 259, 260);
    assertThat(with.decode(259, 260, 259, 260)).isEqualTo("a a");
    assertThat(with.decode(260, 259, 260)).isEqualTo("a a");
    Tokenizer without = vocabulary.set("tokenizer.ggml.add_space_prefix", false).build();
    assertThat(without.encode("a a", false)).containsExactly(260, 259, 260);
    assertThat(without.decode(259, 260)).isEqualTo(" a");
  }

  /** Threads share the cache of words. */
  @Test
  void manyThreadsGetTheSameTokens() throws IOException, ExecutionException, InterruptedException {
    Tokenizer tokenizer = TokenizerFixtures.reference("gguf-smollm").tokenizer();
    List<String> strings = TokenizerReference.strings(TokenizerFixtures.FILES).subList(100, 5_100);
    List<Integer> expected = digests(TokenizerFixtures.tokenizer("gguf-smollm"), strings);
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      List<Future<List<Integer>>> results = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        results.add(threads.submit(() -> digests(tokenizer, strings)));
      }
      for (Future<List<Integer>> result : results) {
        assertThat(result.get()).isEqualTo(expected);
      }
    }
  }

  private static List<Integer> digests(Tokenizer tokenizer, List<String> strings) {
    return strings.stream()
        .map(text -> TokenizerReference.digest(tokenizer.encode(text, true)))
        .toList();
  }
}
