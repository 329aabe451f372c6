package io.longhaul.engine.text.template;

import static org.assertj.core.api.Assertions.assertThat;

import io.longhaul.engine.ModelException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A thousand small templates, each with the result of Jinja2. */
class TemplateCasesTest {
  @Test
  void rendersWhatJinja2Renders() {
    List<Map<String, Object>> cases = Fixture.objects(Fixture.read("template-cases.json.gz"));
    assertThat(cases).hasSizeGreaterThan(1000);
    List<String> wrong = new ArrayList<>();
    for (Map<String, Object> each : cases) {
      String template = (String) each.get("template");
      String expected = (String) each.get("output");
      String actual;
      try {
        actual =
            ChatTemplate.compile("case", template)
                .withClock(Fixture.NOW)
                .render(Fixture.object(each.get("variables")))
                .text();
      } catch (ModelException e) {
        actual = expected == null ? null : "error: " + e.getMessage();
      }
      if (expected == null ? actual != null : !expected.equals(actual)) {
        wrong.add(
            "%s%n  expected %s%n  actual   %s"
                .formatted(template, expected == null ? each.get("error") : expected, actual));
      }
    }
    assertThat(wrong).isEmpty();
  }

  @Test
  void everyFilterAndTestIsThere() {
    for (String name : Filters.NAMES) {
      assertThat(failure("{{ xs | " + name + " }}")).doesNotContain("No filter named");
    }
    for (String name : Tests.NAMES) {
      if (Character.isLetter(name.charAt(0))) {
        assertThat(failure("{{ xs is " + name + " }}")).doesNotContain("No test named");
      }
    }
    assertThat(failure("{{ 1 | nope }}")).contains("No filter named");
    assertThat(failure("{{ 1 is nope }}")).contains("No test named");
  }

  /** The message of the error, or nothing if there is none. */
  private static String failure(String template) {
    try {
      ChatTemplate.compile("case", template).render(Map.of("xs", List.of(1L)));
      return "";
    } catch (ModelException e) {
      return e.getMessage();
    }
  }
}
