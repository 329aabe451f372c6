package io.longhaul.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.longhaul.engine.json.Json;
import io.longhaul.engine.text.template.ChatTemplate;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;

/** Conversations as the API takes them become the prompts that Jinja2 renders for GLM-5.2. */
class GlmPromptTest {
  private static final String BEGIN = "[gMASK]<sop><|system|>Reasoning Effort: Max";

  private static byte[] resource(String name) {
    try (InputStream in = GlmPromptTest.class.getResourceAsStream("text/template/" + name)) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static String render(ChatOptions options, Message... messages) {
    return ChatTemplate.compile(
            "glm-5.2.jinja", new String(resource("glm-5.2.jinja"), StandardCharsets.UTF_8))
        .render(options.variables(List.of(messages)))
        .text();
  }

  /** What the oracle rendered for a case. */
  private static Object expected(String name) throws IOException {
    try (InputStream in =
        new GZIPInputStream(
            GlmPromptTest.class.getResourceAsStream("text/template/glm-5.2.json.gz"))) {
      Map<String, Object> cases = Json.readObject("glm-5.2.json.gz", in.readAllBytes());
      return Json.asObject("glm-5.2.json.gz", name, cases.get(name)).get("output");
    }
  }

  private static final ChatOptions DEFAULTS = ChatOptions.defaults();

  @Test
  void reasoningEffort() throws IOException {
    Message hi = Message.user("Hi");
    assertThat(render(DEFAULTS, hi)).isEqualTo(expected("default"));
    assertThat(render(DEFAULTS.withReasoning(Reasoning.MAX), hi)).isEqualTo(expected("default"));
    assertThat(render(DEFAULTS.withReasoning(Reasoning.HIGH), hi)).isEqualTo(expected("high"));
    assertThat(render(DEFAULTS.withReasoning(Reasoning.OFF), hi)).isEqualTo(expected("off"));
  }

  @Test
  void callAndResults() throws IOException {
    Message call =
        Message.assistant("Checking.")
            .withReasoning("need tool")
            .withToolCalls(
                List.of(new ToolCall("1", "get_weather", "{\"city\":\"Oslo\",\"days\":3}")));
    Message one = Message.toolResult("1", "12C");
    Message other = Message.toolResult("2", "30C");
    assertThat(render(DEFAULTS, Message.user("Hi"), call, one, other)).isEqualTo(expected("call"));
    assertThat(render(DEFAULTS, Message.user("Hi"), call, one))
        .endsWith("<|observation|><tool_response>12C</tool_response><|assistant|><think>");
  }

  @Test
  void preservedReasoning() throws IOException {
    Message[] messages = {
      Message.user("A"), Message.assistant("B").withReasoning("old"), Message.user("C")
    };
    assertThat(render(DEFAULTS, messages)).isEqualTo(expected("keep"));
    assertThat(render(DEFAULTS.withPreserveReasoning(false), messages))
        .isEqualTo(expected("clear"));
  }

  @Test
  void toolsAreShown() {
    Map<String, Object> tool = Map.of("type", "function", "function", Map.of("name", "f"));
    assertThat(render(DEFAULTS.withTools(List.of(tool)), Message.user("A")))
        .startsWith(BEGIN + "<|system|>\n# Tools\n")
        .contains("{\"name\": \"f\"}");
  }

  /** A turn's prompt and its answer begin the next turn's prompt, through a chain of calls. */
  @Test
  void promptsGrowAtTheirEnd() {
    Message user = Message.user("A");
    Message call =
        Message.assistant("B")
            .withReasoning("r")
            .withToolCalls(List.of(new ToolCall("1", "f", "{\"k\": [1, \"é\"]}")));
    Message result = Message.toolResult("1", "x");
    Message last = Message.assistant("C").withReasoning("s");
    String first =
        render(DEFAULTS, user)
            + "r</think>B<tool_call>f<arg_key>k</arg_key><arg_value>[1,"
            + " \"é\"]</arg_value></tool_call>";
    String second = render(DEFAULTS, user, call, result);
    assertThat(second).startsWith(first + "<|observation|>");
    String third = render(DEFAULTS, user, call, result, last, Message.user("D"));
    assertThat(third).startsWith(second + "s</think>C<|user|>");
    assertThat(
            render(
                DEFAULTS.withPreserveReasoning(false), user, call, result, last, Message.user("D")))
        .doesNotContain("s</think>", "r</think>");
  }

  @Test
  void argumentsAreAnObject() {
    assertThat(new ToolCall("1", "f", "").argumentsJson()).isEqualTo("{}");
    assertThatThrownBy(() -> new ToolCall("1", "f", "[1]"))
        .isInstanceOf(ModelException.class)
        .hasMessage("tool call f: arguments is an array, not an object");
    assertThatThrownBy(() -> new ToolCall("1", "f", "{\"a\":"))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("tool call f: arguments: not valid JSON");
  }
}
