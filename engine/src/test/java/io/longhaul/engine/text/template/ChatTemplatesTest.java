package io.longhaul.engine.text.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.longhaul.engine.ModelException;
import io.longhaul.engine.file.Metadata;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChatTemplatesTest {
  @TempDir private Path folder;

  private static Metadata metadata(Object... pairs) {
    Map<String, Object> values = new LinkedHashMap<>();
    for (int i = 0; i < pairs.length; i += 2) {
      values.put((String) pairs[i], pairs[i + 1]);
    }
    return new Metadata("m.gguf", values);
  }

  private static String text(ChatTemplates templates, boolean tools) {
    Map<String, Object> variables = new LinkedHashMap<>(templates.specialTokens());
    return templates.select(tools).orElseThrow().render(variables).text();
  }

  @Test
  void readsGguf() {
    ChatTemplates templates =
        ChatTemplates.fromGguf(
            metadata(
                "tokenizer.chat_template",
                "{{ bos_token }}d",
                "tokenizer.chat_template.tool_use",
                "{{ eos_token }}t",
                "tokenizer.chat_templates",
                new String[] {"tool_use"},
                "tokenizer.ggml.tokens",
                new String[] {"<s>", "</s>"},
                "tokenizer.ggml.bos_token_id",
                0L,
                "tokenizer.ggml.eos_token_id",
                1L,
                "tokenizer.ggml.padding_token_id",
                0xFFFF_FFFFL));
    assertThat(templates.names()).containsExactly("default", "tool_use");
    assertThat(templates.specialTokens())
        .isEqualTo(Map.of("bos_token", "<s>", "eos_token", "</s>"));
    assertThat(text(templates, false)).isEqualTo("<s>d");
    assertThat(text(templates, true)).isEqualTo("</s>t");
  }

  @Test
  void aModelMayHaveNoTemplate() {
    assertThat(ChatTemplates.fromGguf(metadata()).select(true)).isEmpty();
    assertThat(ChatTemplates.fromFolder(folder).select(false)).isEmpty();
  }

  @Test
  void namesTheFieldOfATokenOutOfRange() {
    Metadata wrong =
        metadata("tokenizer.ggml.tokens", new String[] {"<s>"}, "tokenizer.ggml.bos_token_id", 5L);
    assertThatThrownBy(() -> ChatTemplates.fromGguf(wrong))
        .isInstanceOf(ModelException.class)
        .hasMessage(
            "m.gguf: metadata field tokenizer.ggml.bos_token_id is 5, but there are 1 tokens");
  }

  @Test
  void namesTheTemplateThatIsWrong() {
    ChatTemplates templates =
        ChatTemplates.fromGguf(metadata("tokenizer.chat_template", "a\n{% nope %}"));
    assertThatThrownBy(() -> templates.select(false))
        .isInstanceOf(ModelException.class)
        .hasMessage("m.gguf: chat_template: line 2: Encountered unknown tag 'nope'.");
  }

  @Test
  void readsTheJinjaFileFirst() throws IOException {
    write(
        "tokenizer_config.json",
        "{\"chat_template\": \"old\", \"bos_token\": {\"content\": \"<s>\"}}");
    write("chat_template.jinja", "{{ bos_token }}new");
    write("additional_chat_templates/tool_use.jinja", "tools");
    ChatTemplates templates = ChatTemplates.fromFolder(folder);
    assertThat(text(templates, false)).isEqualTo("<s>new");
    assertThat(text(templates, true)).isEqualTo("tools");
  }

  @Test
  void readsTheConfigOfTheTokenizer() throws IOException {
    write(
        "tokenizer_config.json",
        "{\"chat_template\": \"one\", \"eos_token\": \"</s>\", \"add_bos_token\": true}");
    assertThat(text(ChatTemplates.fromFolder(folder), true)).isEqualTo("one");
    assertThat(ChatTemplates.fromFolder(folder).specialTokens())
        .isEqualTo(Map.of("eos_token", "</s>"));
    write(
        "tokenizer_config.json",
        "{\"chat_template\": [{\"name\": \"default\", \"template\": \"d\"},"
            + " {\"name\": \"tool_use\", \"template\": \"t\"}]}");
    assertThat(text(ChatTemplates.fromFolder(folder), true)).isEqualTo("t");
    assertThat(text(ChatTemplates.fromFolder(folder), false)).isEqualTo("d");
    write("chat_template.json", "{\"chat_template\": \"json\"}");
    assertThat(text(ChatTemplates.fromFolder(folder), false)).isEqualTo("json");
  }

  @Test
  void refusesAMalformedField() throws IOException {
    write("tokenizer_config.json", "{\"chat_template\": 5}");
    assertThatThrownBy(() -> ChatTemplates.fromFolder(folder))
        .isInstanceOf(ModelException.class)
        .hasMessageEndingWith("chat_template is neither a string nor a list");
    write("tokenizer_config.json", "{\"chat_template\": [{\"name\": \"x\"}]}");
    assertThatThrownBy(() -> ChatTemplates.fromFolder(folder))
        .hasMessageEndingWith("lacks the strings name and template");
  }

  private void write(String name, String content) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, content);
  }
}
