package io.longhaul.engine.text;

import io.longhaul.engine.file.Metadata;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A GGUF vocabulary written by hand: all bytes, and what a test adds. */
public final class SmallVocabulary {
  private final Map<String, Object> values = new LinkedHashMap<>();
  private final List<String> tokens = new ArrayList<>();
  private final List<Long> types = new ArrayList<>();
  private final List<String> merges = new ArrayList<>();

  private SmallVocabulary() {}

  /** Byte-level: tokens 0 to 255 are the bytes. */
  public static SmallVocabulary gguf() {
    SmallVocabulary vocabulary = new SmallVocabulary();
    vocabulary.set("tokenizer.ggml.model", "gpt2").set("tokenizer.ggml.pre", "llama-bpe");
    for (int b = 0; b < 256; b++) {
      vocabulary.token(String.valueOf(ByteLevel.toChar(b)), 1);
    }
    return vocabulary;
  }

  /** SentencePiece: tokens 0 to 2 are unk, s and /s, then the bytes. */
  public static SmallVocabulary sentencePiece() {
    SmallVocabulary vocabulary = new SmallVocabulary();
    vocabulary.set("tokenizer.ggml.model", "llama");
    vocabulary.token("<unk>", 2).token("<s>", 3).token("</s>", 3);
    for (int b = 0; b < 256; b++) {
      vocabulary.token("<0x%02X>".formatted(b), 6);
    }
    return vocabulary;
  }

  public SmallVocabulary set(String key, Object value) {
    values.put(key, value);
    return this;
  }

  public SmallVocabulary token(String text, long type) {
    tokens.add(text);
    types.add(type);
    return this;
  }

  public SmallVocabulary userDefined(String text) {
    return token(text, 4);
  }

  public SmallVocabulary merge(String merge) {
    merges.add(merge);
    return this;
  }

  public Metadata metadata() {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("tokenizer.ggml.tokens", tokens.toArray(String[]::new));
    all.put("tokenizer.ggml.token_type", types.stream().mapToLong(Long::longValue).toArray());
    all.put("tokenizer.ggml.merges", merges.toArray(String[]::new));
    all.put("tokenizer.ggml.scores", new double[tokens.size()]);
    all.putAll(values);
    return new Metadata("model.gguf", all);
  }

  public Tokenizer build() {
    return Tokenizers.fromGguf(metadata());
  }
}
