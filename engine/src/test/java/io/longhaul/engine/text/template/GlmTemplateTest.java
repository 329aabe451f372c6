package io.longhaul.engine.text.template;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

/** The prompts of GLM-5.2, from a template written after their published form. */
class GlmTemplateTest {
  @Test
  void rendersThePromptsOfGlm() {
    ChatTemplate template = ChatTemplate.compile("glm-5.2.jinja", Fixture.text("glm-5.2.jinja"));
    Map<String, Object> cases = Fixture.object(Fixture.read("glm-5.2.json.gz"));
    assertThat(cases).containsKeys("default", "high", "off", "call", "clear", "keep", "tools");
    cases.forEach(
        (name, value) -> {
          Map<String, Object> each = Fixture.object(value);
          String prompt = template.render(Fixture.object(each.get("variables"))).text();
          assertThat(prompt).as(name).isEqualTo(each.get("output"));
        });
  }

  @Test
  void thinksByDefault() {
    ChatTemplate template = ChatTemplate.compile("glm-5.2.jinja", Fixture.text("glm-5.2.jinja"));
    Map<String, Object> variables =
        Map.of(
            "messages",
            java.util.List.of(Map.of("role", "user", "content", "Hi")),
            "add_generation_prompt",
            true);
    assertThat(template.render(variables).text())
        .isEqualTo("[gMASK]<sop><|system|>Reasoning Effort: Max<|user|>Hi<|assistant|><think>");
  }
}
