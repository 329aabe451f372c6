package io.longhaul.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.longhaul.engine.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code tokenize}, {@code template} and {@code show}. */
class TextCommandsTest {
  @TempDir Path temp;
  private Path model;

  @BeforeEach
  void write() throws IOException {
    model = SyntheticModel.saying("ok").write(temp.resolve("m.gguf"));
  }

  @Test
  void tokenizesStandardInputAndAddsNothing() {
    assertThat(CommandRun.withInput("Hi é日\n", "tokenize", "--model", model, "--json"))
        .isEqualTo(new CommandRun(0, "{\"tokens\":[72,105,32,195,169,230,151,165,10]}\n", ""));
    assertThat(CommandRun.withInput("", "tokenize", "--model", model, "--json").out())
        .isEqualTo("{\"tokens\":[]}\n");
    assertThat(CommandRun.withInput("ab", "tokenize", "--model", model).out()).isEqualTo("97 98\n");
  }

  @Test
  void specialTokensAreTextUnlessAskedFor() {
    String text = "<|im_end|>";
    assertThat(
            CommandRun.withInput(text, "tokenize", "--model", model, "--special", "--json").out())
        .isEqualTo("{\"tokens\":[257]}\n");
    assertThat(
            (List<?>)
                CommandRun.withInput(text, "tokenize", "--model", model, "--json")
                    .json()
                    .get("tokens"))
        .hasSize(text.length());
  }

  @Test
  void decodes() {
    assertThat(CommandRun.of("tokenize", "--model", model, "--decode", "72,195,169,257").out())
        .isEqualTo("Hé<|im_end|>");
    assertThat(CommandRun.of("tokenize", "--model", model, "--decode", "72", "--json").out())
        .isEqualTo("{\"text\":\"H\"}\n");
  }

  @Test
  void tokenizeRefuses() {
    assertFails(
        1,
        "token 258 is not in the vocabulary of 258",
        "tokenize",
        "--model",
        model,
        "--decode",
        "5,258");
    assertFails(
        1, "token -1 is not in the vocabulary of 258", "tokenize", "--model", model, "--decode=-1");
    assertFails(2, "not a list of numbers", "tokenize", "--model", model, "--decode", "");
    assertFails(
        1,
        "tokenizer.json is missing",
        "tokenize",
        "--model",
        CommandRun.tiny("llama-plain"),
        "--decode",
        "1");
  }

  @Test
  void rendersTheModelsTemplate() throws IOException {
    Path input =
        Files.writeString(
            temp.resolve("in.json"),
            """
            {"messages": [{"role": "user", "content": "Hi é日"}], "add_generation_prompt": true}
            """);
    assertThat(CommandRun.of("template", "--model", model, "--input", input))
        .isEqualTo(
            new CommandRun(0, "<|im_start|>user\nHi é日<|im_end|>\n<|im_start|>assistant\n", ""));
  }

  @Test
  void rendersATemplateFileWithAnyVariable() throws IOException {
    Path template = Files.writeString(temp.resolve("t.jinja"), "{{ mine.x }}-{{ tools[0].name }}");
    Path input =
        Files.writeString(
            temp.resolve("in.json"), "{\"mine\":{\"x\":1},\"tools\":[{\"name\":\"n\"}]}");
    assertThat(CommandRun.of("template", "--file", template, "--input", input))
        .isEqualTo(new CommandRun(0, "1-n", ""));
  }

  @Test
  void templateRefuses() throws IOException {
    Path bad = Files.writeString(temp.resolve("bad.json"), "{\"messages\":\n [");
    Path list = Files.writeString(temp.resolve("list.json"), "[1]");
    Path empty = Files.writeString(temp.resolve("ok.json"), "{}");
    Path broken = Files.writeString(temp.resolve("broken.jinja"), "{% for %}");
    assertFails(1, "bad.json", "template", "--model", model, "--input", bad);
    assertFails(1, "list.json", "template", "--model", model, "--input", list);
    assertFails(1, "broken.jinja", "template", "--file", broken, "--input", empty);
    assertFails(1, "none.json: no such file", "template", "--model", model, "--input", "none.json");
    assertFails(
        1, "none.jinja: no such file", "template", "--file", "none.jinja", "--input", empty);
    assertFails(
        1,
        "no chat template",
        "template",
        "--model",
        CommandRun.tiny("gguf-llama-llama3").resolve("model.gguf"),
        "--input",
        empty);
    assertFails(1, "is a folder", "template", "--model", model, "--input", temp);
    assertFails(2, "-m=PATH | --file", "template", "--input", empty);
    assertFails(
        2, "mutually exclusive", "template", "--model", model, "--file", broken, "--input", empty);
  }

  @Test
  void shows() {
    CommandRun run = CommandRun.of("show", model);
    assertThat(run.exit()).isZero();
    assertThat(run.out()).contains("general.architecture = llama", "blk.0.attn_q.weight");
    assertThat(run.out()).doesNotContain("\u001b");
    CommandRun json = CommandRun.of("show", model, "--json");
    assertThat(json.exit()).isZero();
    assertThat(
            Json.readObject("show", json.out().getBytes(java.nio.charset.StandardCharsets.UTF_8)))
        .containsKeys("metadata", "tensors");
    assertFails(1, "no-such.gguf does not exist", "show", "no-such.gguf");
    assertFails(1, "holds no model", "show", Path.of("src"));
    assertFails(2, "FILE", "show");
  }

  private static void assertFails(int exit, String message, Object... arguments) {
    CommandRun run = CommandRun.of(arguments);
    assertThat(run.exit()).as(run.toString()).isEqualTo(exit);
    assertThat(run.out()).isEmpty();
    assertThat(run.err()).startsWith("longhaul: ").contains(message);
    assertThat(run.err()).hasLineCount(exit == 1 ? 1 : 2);
  }
}
