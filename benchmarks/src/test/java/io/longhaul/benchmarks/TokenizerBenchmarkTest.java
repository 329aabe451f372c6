package io.longhaul.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import io.longhaul.engine.file.Metadata;
import io.longhaul.engine.text.Tokenizer;
import io.longhaul.engine.text.Tokenizers;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What is timed is the whole text. */
class TokenizerBenchmarkTest {
  @Test
  void documentsAreTheText() {
    String text = "ab😀".repeat(5000);
    List<String> documents = TokenizerBenchmark.documents(text);
    assertThat(String.join("", documents)).isEqualTo(text);
    assertThat(documents).hasSize(4);
    assertThat(documents.getFirst().codePointCount(0, documents.getFirst().length()))
        .isEqualTo(4096);
  }

  @Test
  void allTokensAreCounted() {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("tokenizer.ggml.model", "gpt2");
    values.put("tokenizer.ggml.tokens", new String[] {"a", "b", "ab"});
    values.put("tokenizer.ggml.merges", new String[] {"a b"});
    Tokenizer tokenizer = Tokenizers.fromGguf(new Metadata("test", values));
    TokenizerBenchmark.Result result =
        TokenizerBenchmark.time(tokenizer, List.of("abab", "b", "a"), 1, 3);
    assertThat(result.tokens()).isEqualTo(4);
    assertThat(result.checksum()).isNotZero();
    assertThat(result.seconds()).isPositive();
  }
}
