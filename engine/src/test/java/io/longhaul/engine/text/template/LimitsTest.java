package io.longhaul.engine.text.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.longhaul.engine.ModelException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Hostile templates and conversations end in an error that names the template and the line. */
class LimitsTest {
  /** A fifth of the standard limits, so that the many tests end sooner. */
  private static Limits limits() {
    Limits standard = Limits.standard();
    return new Limits(standard.steps() / 5, 1L << 28, standard.text(), standard.depth());
  }

  private static void fails(String template, Map<String, Object> variables) {
    Assertions.assertTimeoutPreemptively(
        Duration.ofSeconds(60),
        () ->
            assertThatThrownBy(
                    () ->
                        ChatTemplate.compile("evil.jinja", template)
                            .withLimits(limits())
                            .render(variables))
                .isInstanceOf(ModelException.class)
                .hasMessageStartingWith("evil.jinja: line "));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{{ 'a' * 10**9 }}",
        "{{ ['a'] * 10**9 }}",
        "{{ range(10**9) | list }}",
        "{{ 'a'.ljust(10**9) }}",
        "{{ 'a' | center(10**9) }}",
        "{{ '%1000000000d' % 1 }}",
        "{{ '{:1000000000}'.format(1) }}",
        "{{ '%.1000000000f' % 1 }}",
        "{{ 'a'.zfill(10**9) }}",
        "{{ '\t'.expandtabs(10**9) }}",
        "{{ [1] | tojson(indent=10**9) }}",
        "{{ 'a\nb' | indent(10**9) }}",
        "{{ [1] | batch(10**9, 0) | list }}",
        "{{ [1] | slice(10**9, 0) | list }}",
        "{{ 2 ** (10**9) }}",
        "{{ ('a' * 9999999 ~ 'b') in ('a' * 19999999) or 1 / 0 }}",
        "{{ ('a' * 19999999).rfind('b' ~ 'a' * 9999999) / 0 }}",
        "{{ ('a' * 9999999).strip('b' * 9999999 ~ 'a') ~ 1 / 0 }}",
        "{{ ('-' * 999999) | wordwrap(5) }}",
        "{{ (['a', x] * 99999) | join | list | join(y) | replace('a', y) | reverse | length / 0 }}",
        "{{ 10 ** 10000 ** 2 }}",
        "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{% macro m() %}{% call m() %}{% endcall %}{% endmacro %}{{ m() }}",
        "{% for i in [1] recursive %}{{ loop([1]) }}{% endfor %}",
        "{% set ns = namespace(x='a') %}{% for i in range(99) %}{% set ns.x = ns.x + ns.x %}{%"
            + " endfor %}",
        "{% set ns = namespace(x='a') %}{% for i in range(99) %}{% set ns.x = ns.x.replace('a',"
            + " 'aa') %}{% endfor %}",
        "{% set ns = namespace(x=[]) %}{% for i in range(99) %}{% set ns.x = [ns.x, ns.x] %}{%"
            + " endfor %}{{ ns.x }}",
        "{% set ns = namespace(x=[]) %}{% for i in range(99) %}{% set ns.x = [ns.x, ns.x] %}{%"
            + " endfor %}{{ ns.x | tojson }}",
        "{% set ns = namespace(x=[], y=[]) %}{% for i in range(99) %}{% set ns.x = [ns.x, ns.x]"
            + " %}{% set ns.y = [ns.y, ns.y] %}{% endfor %}{{ ns.x == ns.y }}",
        "{% set ns = namespace(x=[]) %}{% for i in range(99999) %}{% set ns.x = [ns.x] %}{% endfor"
            + " %}{{ ns.x }}",
        "{% set ns = namespace(x=[], y=[]) %}{% for i in range(9999) %}{% set ns.x = [ns.x] %}{%"
            + " set ns.y = [ns.y] %}{% endfor %}{{ ns.x < ns.y }}",
        "{% set ns = namespace(x=(1,)) %}{% for i in range(9999) %}{% set ns.x = (ns.x,) %}{%"
            + " endfor %}{{ {ns.x: 1} }}",
        "{% set ns = namespace() %}{% set ns.x = ns %}{{ ns }}",
        "{% set ns = namespace(x=[]) %}{% for i in range(99) %}{% set ns.x = ns.x + ns.x + [1] %}{%"
            + " endfor %}",
        "{% set ns = namespace(x=['a'*9999]) %}{% for i in range(99999) %}{% set ns.x = ns.x + ['a'"
            + " * 9999] %}{% endfor %}",
        "{% set ns = namespace(g=[1]) %}{% for i in range(9999) %}{% set ns.g = ns.g |"
            + " map('string') %}{% endfor %}{{ ns.g | list }}",
        "{{ (['a' * 9999] * 99999) | join }}",
        "{% for i in range(99999) %}{{ 'a' * 99999 }}{% endfor %}",
        "{{ ('a b ' * 9999999).split() }}",
        "{% for i in range(99999) %}{% set x = ('ab' * 9999999)[i] %}{% endfor %}",
        "{% for i in range(99999) %}{% set x = 'b' in ('a' * 9999999) %}{% endfor %}",
        "{{ {}.x.y }}"
      })
  void stopsHostileTemplates(String template) {
    fails(template, Map.of("x", "<", "y", "é"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "(",
        "[",
        "{'a':",
        "-",
        "not ",
        "a(",
        "a[",
        "{% if a %}",
        "{% for a in b %}",
        "a if a else ",
        "{% macro m() %}",
        "{% set x %}",
        "{% filter upper %}"
      })
  void refusesDeepNesting(String open) {
    String source = open.startsWith("{%") ? open.repeat(10_000) : "{{ " + open.repeat(10_000);
    fails(source, Map.of());
    String closed =
        switch (open) {
          case "(" -> "{{ " + open.repeat(10_000) + "1" + ")".repeat(10_000) + " }}";
          case "[" -> "{{ " + open.repeat(10_000) + "]".repeat(10_000) + " }}";
          case "{% if a %}" -> open.repeat(10_000) + "{% endif %}".repeat(10_000);
          default -> source;
        };
    fails(closed, Map.of());
  }

  @ParameterizedTest
  @ValueSource(strings = {" + 1", " and 1", " | trim", ".a", "[0]", " * 2", "()", " is odd and 1"})
  void refusesLongChains(String link) {
    fails("{{ 1" + link.repeat(10_000) + " }}", Map.of());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
        "{% for i in range(99999) %}{{ 'a' * 99999 }}{% endfor %}",
        "{{ ['a' * 9999999] * 99999 }}",
        "{% set ns = namespace(x=['a']) %}{% for i in range(99999) %}{% set ns.x = ns.x + ['a' *"
            + " 99999] %}{% endfor %}"
      })
  void standardLimitsEndHostileTemplatesInSeconds(String template) {
    Assertions.assertTimeoutPreemptively(
        Duration.ofSeconds(60),
        () ->
            assertThatThrownBy(() -> ChatTemplate.compile("evil", template).render(Map.of()))
                .isInstanceOf(ModelException.class));
  }

  @Test
  void refusesTooManyVariables() {
    StringBuilder source = new StringBuilder();
    for (int i = 0; i < 20_000; i++) {
      source.append("{% if a %}{% set x").append(i).append(" = 1 %}{% endif %}");
    }
    assertThatThrownBy(() -> ChatTemplate.compile("evil.jinja", source.toString()))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("too many variables");
  }

  @Test
  void boundsDeepAndCyclicVariables() {
    List<Object> cyclic = new ArrayList<>();
    cyclic.add(cyclic);
    Map<String, Object> variables = new HashMap<>();
    variables.put("x", cyclic);
    assertThatThrownBy(() -> ChatTemplate.compile("t", "a").render(variables))
        .isInstanceOf(ModelException.class)
        .hasMessage("t: a variable is nested more than 250 deep");
  }

  @Test
  void refusesForeignObjects() {
    assertThatThrownBy(
            () ->
                ChatTemplate.compile("t", "{{ x.exit }}").render(Map.of("x", Runtime.getRuntime())))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("java.lang.Runtime");
  }

  @Test
  void deepButLegalTemplatesFitASmallStack() throws InterruptedException {
    String nested = "{{ " + "(".repeat(90) + "1" + ")".repeat(90) + " }}";
    String sum = "{{ 1" + " + 1".repeat(250) + " }}";
    String recursion =
        "{% macro f(n) %}{% if n %}{% for i in [1] %}{{ f(n - 1) }}{% endfor %}{% else %}end{%"
            + " endif %}{% endmacro %}{{ f(100) }}";
    List<String> results = new ArrayList<>();
    Runnable render =
        () -> {
          for (String template : List.of(nested, sum, recursion)) {
            results.add(ChatTemplate.compile("t", template).render(Map.of()).text());
          }
        };
    Thread thread = new Thread(null, render, "small stack", 512 * 1024);
    thread.start();
    thread.join();
    assertThat(results).containsExactly("1", "251", "end");
  }

  @Test
  void endlessRecursionEndsBeforeTheStackOfADefaultThread() throws InterruptedException {
    List<Throwable> thrown = new ArrayList<>();
    String template =
        "{% macro f() %}{% if 1 %}{% for i in [1] %}{{ [f() ~ 1] }}{% endfor %}{% endif %}{%"
            + " endmacro %}{{ f() }}";
    Thread thread =
        new Thread(
            () -> {
              try {
                ChatTemplate.compile("t", template).render(Map.of());
              } catch (ModelException | StackOverflowError e) {
                thrown.add(e);
              }
            });
    thread.start();
    thread.join();
    assertThat(thrown).singleElement().isInstanceOf(ModelException.class);
  }

  @Test
  void namesTheInnermostLine() {
    assertThatThrownBy(
            () ->
                ChatTemplate.compile(
                        "t.jinja",
                        "a\n{% if true %}\n  b\n  {{ raise_exception('no') }}\n{% endif %}")
                    .render(Map.of()))
        .hasMessage("t.jinja: line 4: no");
    assertThatThrownBy(() -> ChatTemplate.compile("t.jinja", "a\n\n{% if %}"))
        .hasMessageStartingWith("t.jinja: line 3: ");
  }

  @Test
  void aMillionTokensOfConversationStayFarBelowTheLimits() {
    List<Object> messages = new ArrayList<>();
    for (int i = 0; i < 2000; i++) {
      messages.add(
          Map.of(
              "role", i % 2 == 0 ? "user" : "assistant", "content", "word and word ".repeat(150)));
    }
    Limits standard = Limits.standard();
    Limits tenth = new Limits(standard.steps() / 10, 1L << 28, 1 << 26, 1000);
    String template =
        "{% for m in messages %}<|im_start|>{{ m.role }}\n"
            + "{{ m.content.split('</think>')[-1].strip() | trim }}<|im_end|>{% endfor %}";
    assertThat(
            ChatTemplate.compile("t", template)
                .withLimits(tenth)
                .render(Map.of("messages", messages))
                .text())
        .hasSizeGreaterThan(4_000_000);
  }
}
