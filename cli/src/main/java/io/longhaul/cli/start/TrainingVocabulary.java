package io.longhaul.cli.start;

import io.longhaul.engine.file.GgufType;
import io.longhaul.engine.file.GgufWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * The tokens and the chat template of a {@link TrainingModel}: as many tokens as real vocabularies
 * have, within a factor of three, so that the tables of tokens and merges are made by compiled
 * code.
 *
 * @param tokens the text of each token, with its type
 * @param fields further metadata, the texts of {@code tokenizer.ggml.*}
 */
record TrainingVocabulary(
    String model,
    Map<String, Integer> tokens,
    List<String> merges,
    String template,
    Map<String, String> fields) {
  private static final int NORMAL = 1;
  private static final int UNKNOWN = 2;
  private static final int CONTROL = 3;
  private static final int BYTE = 6;

  /** What ChatML and Gemma have in common: a loop over the messages, tests and texts. */
  private static final String CHAT_ML =
      "{% for message in messages %}"
          + "{% if loop.first and messages[0]['role'] != 'system' %}"
          + "{{ '<|im_start|>system\nYou are a helpful AI assistant.<|im_end|>\n' }}{% endif %}"
          + "{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}"
          + "{% endfor %}"
          + "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";

  private static final String GEMMA =
      "{{ bos_token }}{% for message in messages %}{% set role = 'model' if message['role'] =="
          + " 'assistant' else message['role'] %}{{ '<start_of_turn>' + role + '\n"
          + "' + (message['content'] | trim) + '<end_of_turn>\n"
          + "' }}{% endfor %}{% if add_generation_prompt %}{{ '<start_of_turn>model\n"
          + "' }}{% endif %}";

  /** Bytes in the characters of GPT-2, and all words of two and three letters. */
  static TrainingVocabulary bytePair() {
    Map<String, Integer> tokens = new LinkedHashMap<>();
    for (String control : List.of("<|endoftext|>", "<|im_start|>", "<|im_end|>")) {
      tokens.put(control, CONTROL);
    }
    int shifted = 256;
    for (int b = 0; b < 256; b++) {
      boolean printed = (b > 0x20 && b <= 0x7E) || (b >= 0xA1 && b != 0xAD);
      tokens.put(Character.toString(printed ? b : shifted++), NORMAL);
    }
    List<String> merges = new ArrayList<>();
    for (String word : words('Ġ')) {
      int last = word.length() - 1;
      merges.add(word.substring(0, last) + " " + word.substring(last));
      tokens.put(word, NORMAL);
    }
    return new TrainingVocabulary("gpt2", tokens, merges, CHAT_ML, Map.of("pre", "smollm"));
  }

  static TrainingVocabulary sentencePiece() {
    Map<String, Integer> tokens = new LinkedHashMap<>();
    for (String control : List.of("<pad>", "<eos>", "<bos>", "<start_of_turn>", "<end_of_turn>")) {
      tokens.put(control, CONTROL);
    }
    tokens.put("<unk>", UNKNOWN);
    for (int b = 0; b < 256; b++) {
      tokens.put("<0x%02X>".formatted(b), BYTE);
    }
    for (char c = '!'; c <= '~'; c++) {
      tokens.put(String.valueOf(c), NORMAL);
    }
    tokens.put("\u2581", NORMAL);
    words('\u2581').forEach(word -> tokens.put(word, NORMAL));
    return new TrainingVocabulary("llama", tokens, List.of(), GEMMA, Map.of());
  }

  /** All words of two letters, then those of three; {@code space} begins some. */
  private static List<String> words(char space) {
    List<String> letters = IntStream.rangeClosed('a', 'z').mapToObj(Character::toString).toList();
    List<String> beginnings = new ArrayList<>(letters);
    beginnings.add(String.valueOf(space));
    List<String> words = new ArrayList<>();
    for (int length = 2; length <= 3; length++) {
      List<String> longer = new ArrayList<>();
      for (String beginning : beginnings) {
        letters.forEach(letter -> longer.add(beginning + letter));
      }
      words.addAll(longer);
      beginnings = longer;
    }
    return words;
  }

  void addTo(GgufWriter gguf) {
    gguf.string("tokenizer.ggml.model", model)
        .string("tokenizer.chat_template", template)
        .array("tokenizer.ggml.tokens", GgufType.STRING, List.copyOf(tokens.keySet()))
        .array("tokenizer.ggml.token_type", GgufType.INT32, List.copyOf(tokens.values()))
        .uint32("tokenizer.ggml.bos_token_id", 2)
        .uint32("tokenizer.ggml.eos_token_id", 1)
        .bool("tokenizer.ggml.add_space_prefix", false)
        .bool("tokenizer.ggml.add_bos_token", merges.isEmpty());
    fields.forEach((key, value) -> gguf.string("tokenizer.ggml." + key, value));
    if (merges.isEmpty()) {
      List<Float> scores = IntStream.range(0, tokens.size()).mapToObj(id -> (float) -id).toList();
      gguf.array("tokenizer.ggml.scores", GgufType.FLOAT32, scores);
    } else {
      gguf.array("tokenizer.ggml.merges", GgufType.STRING, merges);
    }
  }
}
