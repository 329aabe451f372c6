package io.longhaul.engine.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.longhaul.engine.ModelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The files around tokenizer.json, and what is wrong with them. */
class HuggingFaceTokenizerTest {
  private static final String GOOD =
      """
      {"added_tokens": [
         {"id": 4, "content": "<s>", "special": true, "normalized": false},
         {"id": 5, "content": "<|user|>", "special": true},
         {"id": 6, "content": "<|im_end|>", "special": true},
         {"id": 7, "content": "<tool_call>", "special": false}],
       "normalizer": null,
       "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "use_regex": true},
       "post_processor": {"type": "TemplateProcessing",
         "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
         "special_tokens": {"<s>": {"id": "<s>", "ids": [4], "tokens": ["<s>"]}}},
       "decoder": {"type": "ByteLevel"},
       "model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2, "c": 3}, "merges": ["a b"]}}
      """;

  @TempDir Path folder;

  private Tokenizer read(String json) throws IOException {
    Files.writeString(folder.resolve("tokenizer.json"), json);
    return Tokenizers.fromTokenizerJson(folder);
  }

  private void write(String name, String json) throws IOException {
    Files.writeString(folder.resolve(name), json);
  }

  private void assertRefused(String json, String... words) {
    assertThatThrownBy(() -> read(json))
        .isInstanceOf(ModelException.class)
        .satisfies(e -> assertThat(e.getMessage()).contains("tokenizer.json: ").contains(words));
  }

  @Test
  void tokenizerJsonAlone() throws IOException {
    Tokenizer tokenizer = read(GOOD);
    assertThat(tokenizer.encode("abc<s>", true)).containsExactly(2, 3, 4);
    assertThat(tokenizer.encode("abc<s>", false)).containsExactly(2, 3);
    assertThat(tokenizer.encode("<tool_call>", false)).containsExactly(7);
    assertThat(tokenizer.decode(2, 3, 4, 99)).isEqualTo("abc<s>");
    assertThat(tokenizer.prefix()).containsExactly(4);
    assertThat(tokenizer.endTokens()).containsExactly(6);
    assertThat(tokenizer.vocabularySize()).isEqualTo(8);
    assertThat(tokenizer.isSpecial(4)).isTrue();
    assertThat(tokenizer.isSpecial(7)).isFalse();
    assertThat(tokenizer.isSpecial(-1)).isFalse();
  }

  @Test
  void mergesAsPairs() throws IOException {
    assertThat(read(GOOD.replace("\"a b\"", "[\"a\", \"b\"]")).encode("ab", false))
        .containsExactly(2);
  }

  @Test
  void configurationsNameEndAndPrefix() throws IOException {
    write(
        "tokenizer_config.json", "{\"add_bos_token\": false, \"eos_token\": {\"content\": \"c\"}}");
    write("generation_config.json", "{\"eos_token_id\": [5, 6]}");
    write("config.json", "{\"eos_token_id\": 2, \"text_config\": {\"eos_token_id\": 1}}");
    Tokenizer tokenizer = read(GOOD);
    assertThat(tokenizer.prefix()).isEmpty();
    assertThat(tokenizer.endTokens()).containsExactlyInAnyOrder(1, 2, 3, 5, 6);
    write("tokenizer_config.json", "{\"add_bos_token\": true, \"bos_token\": \"<|user|>\"}");
    assertThat(read(GOOD).prefix()).containsExactly(5);
    write("generation_config.json", "{\"eos_token_id\": 8}");
    assertThatThrownBy(() -> read(GOOD))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("generation_config.json: eos_token_id is 8");
  }

  @Test
  void unknownComponentsAreNamed() {
    assertRefused(GOOD.replace("\"BPE\"", "\"Unigram\""), "model.type", "Unigram", "BPE");
    assertRefused(
        GOOD.replace("\"normalizer\": null", "\"normalizer\": {\"type\": \"Nmt\"}"),
        "normalizer.type",
        "Nmt",
        "NFC");
    assertRefused(
        GOOD.replace(
            "{\"type\": \"ByteLevel\", \"add_prefix_space\": false, \"use_regex\": true}",
            "{\"type\": \"Sequence\", \"pretokenizers\": [{\"type\": \"Magic\"}]}"),
        "pre_tokenizer.pretokenizers[0].type",
        "Magic",
        "Metaspace");
    assertRefused(
        GOOD.replace("{\"type\": \"ByteLevel\"}", "{\"type\": \"CTC\"}"), "decoder.type", "CTC");
    assertRefused(
        GOOD.replace(
            "{\"type\": \"ByteLevel\"}",
            "{\"type\": \"Sequence\", \"decoders\": [{\"type\": \"Fuse\"}, {\"type\":"
                + " \"ByteFallback\"}]}"),
        "decoder.decoders[1].type",
        "ByteFallback",
        "place");
    assertRefused(
        GOOD.replace("\"vocab\"", "\"end_of_word_suffix\": \"</w>\", \"vocab\""),
        "model.end_of_word_suffix",
        "</w>");
  }

  @Test
  void wrongVocabularies() {
    assertRefused("{", "not valid JSON");
    assertRefused("[]", "not an object");
    assertRefused(GOOD.replace("\"c\": 3", "\"c\": -3"), "model.vocab", "-3");
    assertRefused(GOOD.replace("\"c\": 3", "\"c\": 99999999999"), "model.vocab", "99999999999");
    assertRefused(GOOD.replace("\"c\": 3", "\"c\": 1"), "model.vocab", "the id 1");
    assertRefused(GOOD.replace("\"a b\"", "\"ab\""), "model.merges[0]", "pair");
    assertRefused(GOOD.replace("\"a b\"", "\"a x\""), "model.merges[0]", "\"x\"");
    assertRefused(GOOD.replace("\"a b\"", "\"b a\""), "model.merges[0]", "\"ba\"");
    assertRefused(GOOD.replace("\"id\": 7", "\"id\": 6"), "added_tokens[3].id");
    assertRefused(GOOD.replace("\"id\": 7", "\"id\": -1"), "added_tokens[3].id", "-1");
    assertRefused(
        GOOD.replace("\"vocab\"", "\"unk_token\": \"?\", \"vocab\""), "model.unk_token", "\"?\"");
  }

  @Test
  void noFile() {
    assertThatThrownBy(() -> Tokenizers.fromTokenizerJson(folder))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("tokenizer.json")
        .hasMessageContaining("cannot be read");
  }
}
