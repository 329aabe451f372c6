package io.longhaul.engine.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The end tokens of GLM, and prompts that are spelled as a model spelled its answer. */
class GlmTokensTest {
  private static final String TOKENIZER =
      """
      {"model": {"type": "BPE", "vocab": {"a": 0}, "merges": []},
       "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "use_regex": false},
       "decoder": {"type": "ByteLevel"},
       "added_tokens": [
         {"id": 1, "content": "<|endoftext|>", "special": true},
         {"id": 2, "content": "MASK", "special": true},
         {"id": 3, "content": "<|user|>", "special": true},
         {"id": 4, "content": "<|assistant|>", "special": true},
         {"id": 5, "content": "<|observation|>", "special": true}]}
      """;

  @TempDir Path folder;

  private Tokenizer folder(String mask, String config, String generation) throws IOException {
    Files.writeString(folder.resolve("tokenizer.json"), TOKENIZER.replace("MASK", mask));
    Files.writeString(folder.resolve("config.json"), config);
    Files.writeString(folder.resolve("generation_config.json"), generation);
    return Tokenizers.fromTokenizerJson(folder);
  }

  @Test
  void listsOfEitherConfigEnd() throws IOException {
    String list = "{\"eos_token_id\": [1, 3, 5]}";
    assertThat(folder("mask", list, "{}").endTokens()).containsExactlyInAnyOrder(1, 3, 5);
    assertThat(folder("mask", "{}", list).endTokens()).containsExactlyInAnyOrder(1, 3, 5);
    assertThat(folder("mask", "{\"eos_token_id\": 5}", "{}").endTokens())
        .containsExactlyInAnyOrder(1, 5);
    assertThat(folder("[gMASK]", "{}", "{}").endTokens()).containsExactlyInAnyOrder(1, 3, 5);
  }

  @Test
  void fieldsOfGgufEnd() {
    SmallVocabulary vocabulary =
        SmallVocabulary.gguf()
            .token("<|endoftext|>", 3)
            .token("<|user|>", 3)
            .token("<|observation|>", 3);
    assertThat(vocabulary.build().endTokens()).containsExactly(256);
    vocabulary
        .set("tokenizer.ggml.eos_token_id", 256L)
        .set("tokenizer.ggml.eot_token_id", 257L)
        .set("tokenizer.ggml.eom_token_id", 258L);
    assertThat(vocabulary.build().endTokens()).containsExactlyInAnyOrder(256, 257, 258);
    Tokenizer silent =
        SmallVocabulary.gguf()
            .token("<|endoftext|>", 3)
            .token("<|user|>", 3)
            .token("<|observation|>", 3)
            .token("[gMASK]", 3)
            .build();
    assertThat(silent.endTokens()).containsExactlyInAnyOrder(256, 257, 258);
  }

  private static final Tokenizer SMALL =
      SmallVocabulary.gguf()
          .token("ab", 1)
          .token("bc", 1)
          .token("abc", 1)
          .token("<|user|>", 3)
          .userDefined("</think>")
          .build();

  private static final int USER = 259;
  private static final int END_THINK = 260;

  @Test
  void structureIsNeverTakenForTextThatLooksLikeIt() {
    int[] text = SMALL.encode(new Prompt(List.of(new Prompt.Part("a</think>", false))));
    int[] known = {256, END_THINK, 'c'};
    assertThat(PromptEncoder.respell(SMALL, text, new int[] {'a', END_THINK, 'x'}))
        .containsExactly('a', END_THINK, 'x');
    assertThat(PromptEncoder.respell(SMALL, known, new int[] {'a', 'b', END_THINK, 'c', USER}))
        .containsExactly(256, END_THINK, 'c', USER);
    assertThat(PromptEncoder.respell(SMALL, new int[] {256, 'x'}, new int[] {'a', 'b', 'y'}))
        .containsExactly(256, 'y');
    assertThat(PromptEncoder.respell(SMALL, new int[] {258}, new int[] {256, 'd'}))
        .containsExactly(256, 'd');
  }

  @Provide
  Arbitrary<List<Integer>> spellings() {
    return Arbitraries.of((int) 'a', (int) 'b', (int) 'c', 256, 257, 258, USER, END_THINK)
        .list()
        .ofMaxSize(12);
  }

  /** The text stays, and what says the same as the known tokens is spelled as they are. */
  @Property
  void respellingKeepsTheTextAndTheKnownTokens(
      @ForAll("spellings") List<Integer> known,
      @ForAll("spellings") List<Integer> rest,
      @ForAll Random random) {
    int[] knownTokens = ints(known);
    List<Integer> prompt = new ArrayList<>();
    for (int token : known) { // another spelling of the same
      if (token == 256 && random.nextBoolean()) {
        prompt.addAll(List.of((int) 'a', (int) 'b'));
      } else if (token == 258 && random.nextBoolean()) {
        prompt.addAll(List.of((int) 'a', 257));
      } else {
        prompt.add(token);
      }
    }
    prompt.addAll(rest);
    int[] spelled = PromptEncoder.respell(SMALL, knownTokens, ints(prompt));
    assertThat(SMALL.decode(spelled)).isEqualTo(SMALL.decode(ints(prompt)));
    assertThat(Arrays.copyOf(spelled, knownTokens.length)).isEqualTo(knownTokens);
    int[] unrelated = PromptEncoder.respell(SMALL, ints(rest), ints(prompt));
    assertThat(SMALL.decode(unrelated)).isEqualTo(SMALL.decode(ints(prompt)));
  }

  private static int[] ints(List<Integer> list) {
    return list.stream().mapToInt(Integer::intValue).toArray();
  }
}
