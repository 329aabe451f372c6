package io.longhaul.engine.text;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The committed fixtures: small vocabularies cut from real ones. */
final class TokenizerFixtures {
  private TokenizerFixtures() {}

  static final List<String> VARIANTS =
      List.of(
          "gguf-smollm",
          "gguf-llama-bpe",
          "gguf-glm4",
          "gguf-deepseek-llm",
          "gguf-gemma",
          "gguf-llama-spm",
          "json-qwen2",
          "json-deepseek-v3",
          "json-gpt-4o",
          "json-gemma",
          "json-llama2",
          "json-metaspace",
          "json-unusual",
          "json-falcon");

  private static final Map<String, Tokenizer> TOKENIZERS = new ConcurrentHashMap<>();

  static final TokenizerReference.Source FILES =
      name -> {
        try (InputStream in = TokenizerFixtures.class.getResourceAsStream("/tokenizers/" + name)) {
          return in == null ? null : in.readAllBytes();
        }
      };

  static TokenizerReference reference(String variant) {
    return new TokenizerReference(FILES, variant);
  }

  static Tokenizer tokenizer(String variant) {
    return TOKENIZERS.computeIfAbsent(
        variant,
        name -> {
          try {
            return reference(name).tokenizer();
          } catch (IOException e) {
            throw new AssertionError(e);
          }
        });
  }
}
