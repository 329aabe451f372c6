package io.longhaul.engine.text.template;

import static org.assertj.core.api.Assertions.assertThat;

import io.longhaul.engine.ModelException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** The chat templates of published models, each in several conversations, against Jinja2. */
class PublicTemplatesTest {
  @Test
  void rendersWhatJinja2Renders() {
    Map<String, Object> fixture = Fixture.object(Fixture.read("chat-templates.json.gz"));
    Map<String, Object> contexts = Fixture.object(fixture.get("contexts"));
    Set<String> failures = new TreeSet<>();
    Map<String, int[]> passed = new TreeMap<>();
    List<String> details = new ArrayList<>();
    for (Map<String, Object> each : Fixture.objects(fixture.get("templates"))) {
      String name = (String) each.get("name");
      String source = (String) each.get("source");
      Fixture.object(each.get("cases"))
          .forEach(
              (context, result) -> {
                String expected = (String) Fixture.object(result).get("output");
                String actual = render(name, source, Fixture.object(contexts.get(context)));
                boolean same =
                    expected == null ? actual.startsWith("error: ") : expected.equals(actual);
                int[] counts = passed.computeIfAbsent(name, key -> new int[2]);
                counts[same ? 0 : 1]++;
                if (!same) {
                  failures.add(name + " " + context);
                  details.add(
                      "%s %s%n--- expected%n%s%n--- actual%n%s"
                          .formatted(
                              name,
                              context,
                              expected == null ? Fixture.object(result) : expected,
                              actual));
                }
              });
    }
    Set<String> known = new TreeSet<>(Fixture.text("known-failures.txt").lines().toList());
    known.removeIf(line -> line.isBlank() || line.startsWith("#"));
    assertThat(passed).hasSizeGreaterThanOrEqualTo(70);
    assertThat(failures)
        .withFailMessage(
            () ->
                "failing and not in known-failures.txt, or in it and passing:\n"
                    + String.join("\n", failures)
                    + "\n"
                    + String.join("\n", details))
        .isEqualTo(known);
  }

  private static String render(String name, String source, Map<String, Object> variables) {
    try {
      return ChatTemplate.compile(name, source).withClock(Fixture.NOW).render(variables).text();
    } catch (ModelException e) {
      assertThat(e).hasMessageStartingWith(name + ": ");
      return "error: " + e.getMessage();
    }
  }
}
