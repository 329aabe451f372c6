package io.longhaul.benchmarks.slice;

import io.longhaul.engine.file.GgufType;
import java.util.ArrayList;
import java.util.List;

/**
 * A byte-level BPE vocabulary of any size: the 256 bytes, as many pairs of letters as fit, tokens
 * that no text contains, and one that ends a text. It can write any text, so a model of random
 * weights can be used like any other.
 */
final class SyntheticVocabulary {
  /** The least size: the bytes and the end. */
  static final int LEAST = 257;

  // Values of tokenizer.ggml.token_type.
  private static final int NORMAL = 1;
  private static final int CONTROL = 3;
  private static final int UNUSED = 5;

  private final List<String> tokens = new ArrayList<>();
  private final List<Integer> types = new ArrayList<>();
  private final List<String> merges = new ArrayList<>();

  SyntheticVocabulary(int size) {
    if (size < LEAST) {
      throw new IllegalArgumentException("a vocabulary has at least " + LEAST + " tokens");
    }
    addBytes();
    addPairs(size - 1);
    while (tokens.size() < size - 1) {
      add("<|unused_" + tokens.size() + "|>", UNUSED);
    }
    add("<|endoftext|>", CONTROL);
  }

  /** GPT-2's alphabet: a byte is itself where it is printable, else a letter from U+0100 on. */
  private void addBytes() {
    int next = 256;
    for (int value = 0; value < 256; value++) {
      boolean printable =
          (value >= '!' && value <= '~') || (value >= 0xA1 && value <= 0xAC) || value >= 0xAE;
      add(Character.toString(printable ? value : next++), NORMAL);
    }
  }

  private void addPairs(int limit) {
    for (char first = 'a'; first <= 'z'; first++) {
      for (char second = 'a'; second <= 'z' && tokens.size() < limit; second++) {
        merges.add(first + " " + second);
        add("" + first + second, NORMAL);
      }
    }
  }

  private void add(String token, int type) {
    tokens.add(token);
    types.add(type);
  }

  /**
   * Adds the tokenizer to a header.
   *
   * @param pre the name of the pattern that splits a text into words
   */
  void addTo(GgufFields fields, String pre) {
    fields
        .string("tokenizer.ggml.model", "gpt2")
        .string("tokenizer.ggml.pre", pre)
        .array("tokenizer.ggml.tokens", GgufType.STRING, tokens)
        .array("tokenizer.ggml.token_type", GgufType.INT32, types)
        .array("tokenizer.ggml.merges", GgufType.STRING, merges)
        .uint32("tokenizer.ggml.eos_token_id", tokens.size() - 1L)
        .bool("tokenizer.ggml.add_bos_token", false);
  }
}
