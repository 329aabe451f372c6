package io.longhaul.engine.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.longhaul.engine.ModelException;
import io.longhaul.engine.file.Metadata;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The tokenizers of tokenizer.json that GGUF can describe, on all strings of the fixtures. */
class TokenizerExportTest {
  @TempDir Path folder;
  private final List<String> notes = new ArrayList<>();

  private Tokenizer original(String variant) throws IOException {
    byte[] json =
        TokenizerReference.unzip(TokenizerFixtures.FILES.read(variant + "/tokenizer.json.gz"));
    Files.write(folder.resolve("tokenizer.json"), json);
    return Tokenizers.fromTokenizerJson(folder);
  }

  private Map<String, Object> export(Tokenizer original) {
    return TokenizerExport.of(folder, original.vocabularySize() + 3, false, notes);
  }

  @ParameterizedTest
  @CsvSource({
    "json-qwen2, gpt2, qwen2",
    "json-deepseek-v3, gpt2, deepseek-v3",
    "json-gpt-4o, gpt2, gpt-4o",
    "json-gemma, llama, default",
    "json-llama2, llama, default",
  })
  void encodesAsTheOriginal(String variant, String model, String pre) throws IOException {
    Tokenizer original = original(variant);
    Map<String, Object> fields = export(original);
    assertThat(fields)
        .containsEntry("tokenizer.ggml.model", model)
        .containsEntry("tokenizer.ggml.pre", pre);
    Tokenizer made = Tokenizers.fromGguf(new Metadata("made", fields));
    List<String> wrong = new ArrayList<>();
    boolean normalizes = notes.toString().contains("NFC");
    assertThat(normalizes).isEqualTo(variant.equals("json-qwen2"));
    for (String given : TokenizerReference.strings(TokenizerFixtures.FILES)) {
      String text = normalizes ? Normalizer.normalize(given, Normalizer.Form.NFC) : given;
      for (boolean special : new boolean[] {false, true}) {
        int[] expected = original.encode(text, special);
        if (!Arrays.equals(expected, made.encode(text, special))) {
          wrong.add(text);
        }
      }
    }
    assertThat(wrong).isEmpty();
    assertThat(made.prefix()).isEqualTo(original.prefix());
    assertThat(made.endTokens()).containsAll(original.endTokens());
    assertThat(made.vocabularySize()).isEqualTo(original.vocabularySize() + 3);
    assertThat(made.decode(made.encode("Grüße, 日本 123", false))).isEqualTo("Grüße, 日本 123");
  }

  @ParameterizedTest
  @ValueSource(strings = {"json-unusual", "json-falcon", "json-metaspace"})
  void refusesWhatGgufCannotDescribe(String variant) throws IOException {
    Tokenizer original = original(variant);
    assertThatThrownBy(() -> export(original))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("tokenizer.json: ")
        .message()
        .doesNotContain("\n");
  }

  @Test
  void aVocabularyLargerThanTheModelIsRefused() throws IOException {
    Tokenizer original = original("json-qwen2");
    assertThatThrownBy(
            () -> TokenizerExport.of(folder, original.vocabularySize() - 1, false, notes))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("but the model has " + (original.vocabularySize() - 1) + " tokens");
  }

  @Test
  void theConfigurationDecidesHowPromptsBeginAndEnd() throws IOException {
    Tokenizer original = original("json-qwen2");
    int id = original.encode("<|im_end|>", true)[0];
    Files.writeString(
        folder.resolve("tokenizer_config.json"),
        "{\"bos_token\": \"<|im_start|>\", \"eos_token\": {\"content\": \"<|im_end|>\"},"
            + " \"add_bos_token\": true}");
    Map<String, Object> fields = export(original);
    assertThat(fields)
        .containsEntry("tokenizer.ggml.eos_token_id", (long) id)
        .containsEntry("tokenizer.ggml.add_bos_token", true);
    assertThat(Tokenizers.fromGguf(new Metadata("made", fields)).prefix())
        .containsExactly(original.encode("<|im_start|>", true)[0]);
  }
}
