package io.longhaul.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code chat} with a prompt: one answer. */
class ChatCommandTest {
  /** Of {@code <|im_start|>user\n…<|im_end|>\n<|im_start|>assistant\n}. */
  private static final int TEMPLATE_TOKENS = 1 + 5 + 1 + 1 + 1 + 10;

  @TempDir Path temp;
  private Path model;

  @BeforeEach
  void write() throws IOException {
    model = SyntheticModel.saying("Blue sky").write(temp.resolve("m.gguf"));
  }

  private CommandRun chat(Object... arguments) {
    return chatWithInput("", arguments);
  }

  private CommandRun chatWithInput(String input, Object... arguments) {
    Object[] line = new Object[arguments.length + 5];
    System.arraycopy(new Object[] {"chat", "--model", model, "--temperature", 0}, 0, line, 0, 5);
    System.arraycopy(arguments, 0, line, 5, arguments.length);
    return CommandRun.withInput(input, line);
  }

  private static Object promptTokens(CommandRun run) {
    return run.json().get("prompt_tokens");
  }

  @Test
  void answersAPromptFromAnArgumentAFileOrStandardInput() throws IOException {
    CommandRun answer = new CommandRun(0, "Blue sky\n", "");
    Path file = Files.writeString(temp.resolve("prompt"), "Why?\n");
    assertThat(chat("-n", 8, "Why?")).isEqualTo(answer);
    assertThat(chat("-n", 8, "--file", file)).isEqualTo(answer);
    assertThat(chatWithInput("Why?\r\n", "-n", 8)).isEqualTo(answer);
    long tokens = TEMPLATE_TOKENS + 4;
    assertThat(promptTokens(chat("--json", "Why?"))).isEqualTo(tokens);
    assertThat(promptTokens(chat("--json", "--file", file))).isEqualTo(tokens);
    assertThat(promptTokens(chatWithInput("Why?\n", "--json"))).isEqualTo(tokens);
  }

  @Test
  void jsonIsTheOnlyOutput() {
    Map<String, Object> json = chat("--json", "--seed", 5, "é日").json();
    assertThat(json)
        .containsEntry("model", model.toString())
        .containsEntry("finish_reason", "end_token")
        .containsEntry("prompt_tokens", TEMPLATE_TOKENS + 5L)
        .containsEntry("seed", 5L);
    assertThat(json).containsEntry("text", "Blue sky");
  }

  @Test
  void aSystemMessageGoesInFront() {
    assertThat(promptTokens(chat("--system", "Be brief.", "--json", "Why?")))
        .isEqualTo((long) TEMPLATE_TOKENS + 4 + 1 + 6 + 1 + 9 + 1 + 1);
  }

  @Test
  void stopsBeforeAStopString() {
    assertThat(chat("--stop", "e s", "Why?").out()).isEqualTo("Blu\n");
  }

  @Test
  void figuresGoToStandardError() {
    CommandRun run = chat("-n", 4, "--stats", "Why?");
    assertThat(run.out()).isEqualTo("Blue\n");
    assertThat(run.err()).matches("\\[23 prompt tokens .* ended by max tokens\\]\\n");
  }

  @Test
  void aModelWithoutTemplateContinuesTheText() throws IOException {
    model = SyntheticModel.saying("abc").withoutTemplate().write(temp.resolve("plain.gguf"));
    CommandRun run = chat("--json", "Once\n");
    assertThat(run.json()).containsEntry("text", "abc").containsEntry("prompt_tokens", 5L);
  }

  @Test
  void aPromptCacheSavesTheNextRunTheBeginning() throws IOException {
    Path cache = temp.resolve("cache");
    Map<String, Object> first = chat("--json", "--prompt-cache", cache, "Why?").json();
    assertThat(first).containsEntry("reused_tokens", 0L).containsEntry("text", "Blue sky");
    Map<String, Object> again = chat("--json", "--prompt-cache", cache, "Why?").json();
    // All but the last token, whose logits are needed.
    assertThat(again)
        .containsEntry("reused_tokens", TEMPLATE_TOKENS + 3L)
        .containsEntry("text", "Blue sky");
    Map<String, Object> other = chat("--json", "--prompt-cache", cache, "What?").json();
    assertThat(other).containsEntry("reused_tokens", 1 + 5 + 2L);
    assertFails(
        chat("--cache-type", "f32", "--prompt-cache", cache, "Why?"),
        1,
        "cache: the cache type is F16, this session's is F32; load it with cache type F16");
    model = SyntheticModel.saying("Grey").write(temp.resolve("grey.gguf"));
    assertFails(
        chat("--prompt-cache", cache, "Why?"), 1, "cache: was saved with another model, m.gguf");
    Files.writeString(cache, "no session");
    assertFails(chat("--prompt-cache", cache, "Why?"), 1, "cache: the file has 10 bytes, too few");
    assertThat(cache).hasContent("no session");
  }

  @Test
  void refuses() throws IOException {
    Path small = SyntheticModel.saying("a").contextLength(20).write(temp.resolve("small.gguf"));
    assertFails(chat(""), 1, "the prompt is empty");
    assertFails(chat(" \n"), 1, "the prompt is empty");
    assertFails(chatWithInput(""), 1, "the prompt from standard input is empty");
    assertFails(chatWithInput("", "--json"), 1, "the prompt from standard input is empty");
    assertFails(chat("--file", "none"), 1, "none: no such file");
    assertFails(chat("--file", "/dev/null"), 1, "/dev/null is empty");
    assertFails(chat("--file", "none", "Hi"), 2, "not both");
    assertFails(chat("two", "prompts"), 2, "prompts");
    assertFails(chat("-n", 0, "Hi"), 2, "--max-tokens is 0");
    assertFails(chat("-n", "x", "Hi"), 2, "'x' is not an int");
    assertFails(chat("--top-p", "2", "Hi"), 2, "--top-p is 2, but must be from 0 to 1");
    assertFails(chat("--min-p=-1", "Hi"), 2, "--min-p is -1");
    assertFails(chat("--top-k=-1", "Hi"), 2, "--top-k is -1");
    assertFails(chat("--repetition-penalty", "0", "Hi"), 2, "must be a number above 0");
    assertFails(chat("--presence-penalty", "NaN", "Hi"), 2, "--presence-penalty is NaN");
    assertFails(chat("--context=-1", "Hi"), 2, "--context is -1");
    assertFails(chat("--threads", "2000", "Hi"), 2, "--threads is 2000");
    assertFails(chat("--stop", "", "Hi"), 2, "--stop needs a text");
    assertFails(chat("--cache", "f8", "Hi"), 2, "--cache");
    assertFails(CommandRun.of("chat", "--temperature", "NaN", "Hi"), 2, "--temperature is NaN");
    assertFails(CommandRun.of("chat", "--temperature", "-1", "Hi"), 2, "--temperature is -1");
    assertFails(CommandRun.of("chat", "-m", "none.gguf", "Hi"), 1, "none.gguf does not exist");
    assertFails(
        CommandRun.of("chat", "-m", small, "Hi"),
        1,
        "the prompt has 21 tokens, but the context holds 20");
    assertFails(
        CommandRun.of("chat", "-m", CommandRun.tiny("llama-plain"), "Hi"),
        1,
        "tokenizer.json is missing");
  }

  private static void assertFails(CommandRun run, int exit, String message) {
    assertThat(run.exit()).as(run.toString()).isEqualTo(exit);
    assertThat(run.out()).isEmpty();
    assertThat(run.err()).startsWith("longhaul: ").contains(message);
    assertThat(run.err()).hasLineCount(exit == 1 ? 1 : 2);
  }
}
