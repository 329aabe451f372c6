package io.longhaul.engine.text.template;

import io.longhaul.engine.ModelException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/** Whatever the template: a prompt, or a {@link ModelException}, within the limits. */
class TemplateFuzzTest {
  private static final Limits SMALL = new Limits(200_000, 8 << 20, 1 << 20, 1000);

  private static final List<Map<String, Object>> TEMPLATES =
      Fixture.objects(Fixture.object(Fixture.read("chat-templates.json.gz")).get("templates"));

  private static final Map<String, Object> CONTEXTS =
      Fixture.object(Fixture.object(Fixture.read("chat-templates.json.gz")).get("contexts"));

  private static final List<Map<String, Object>> CASES =
      Fixture.objects(Fixture.read("template-cases.json.gz"));

  private static void survives(String template, Map<String, Object> variables) {
    try {
      ChatTemplate.compile("fuzz", template).withLimits(SMALL).render(variables);
    } catch (ModelException expected) {
      // Most random templates are wrong; that they say so is what is tested.
    }
  }

  @Provide
  Arbitrary<String> tokens() {
    return Arbitraries.of(
            "{{",
            "}}",
            "{%",
            "%}",
            "{#",
            "#}",
            "-",
            "+",
            "*",
            "/",
            "//",
            "%",
            "**",
            "~",
            "(",
            ")",
            "[",
            "]",
            "{",
            "}",
            ",",
            ":",
            ".",
            "|",
            "=",
            "==",
            "!=",
            "<",
            ">=",
            "if",
            "elif",
            "else",
            "endif",
            "for",
            "in",
            "endfor",
            "set",
            "endset",
            "macro",
            "endmacro",
            "call",
            "endcall",
            "filter",
            "endfilter",
            "with",
            "endwith",
            "raw",
            "endraw",
            "break",
            "continue",
            "is",
            "not",
            "and",
            "or",
            "recursive",
            "loop",
            "loop.index",
            "namespace",
            "range",
            "dict",
            "true",
            "none",
            "x",
            "xs",
            "s",
            "d",
            "messages",
            "'a'",
            "\"%s {}\"",
            "1",
            "0",
            "2.5",
            "1e400",
            "99999999999999999999",
            "\n",
            " ",
            "é",
            "😀",
            "\\",
            "defined",
            "odd",
            "upper",
            "join",
            "map",
            "select",
            "sort",
            "tojson",
            "indent",
            "format",
            "replace",
            "split",
            "items",
            "length",
            "int",
            "round",
            "slice",
            "batch",
            "groupby",
            "min",
            "sum",
            "first")
        .list()
        .ofMaxSize(40)
        .map(list -> String.join(" ", list));
  }

  @Property(tries = 4000)
  void survivesRandomTokens(@ForAll("tokens") String template) {
    survives(template, variables());
  }

  @Property(tries = 4000)
  void survivesRandomExpressions(@ForAll("tokens") String inside) {
    survives("{{ " + inside.replace("{{", "").replace("}}", "") + " }}", variables());
  }

  /** An operation on an operand of the wrong kind is where a cast could go wrong. */
  @Property(tries = 20_000)
  void survivesOperandsOfAllKinds(
      @ForAll @IntRange(max = 1_000_000) int pick,
      @ForAll @IntRange(max = 1_000_000) int pickLeft,
      @ForAll @IntRange(max = 1_000_000) int pickRight) {
    List<String> values =
        List.of(
            "1",
            "-3",
            "0",
            "2.5",
            "true",
            "none",
            "'ab'",
            "''",
            "'%s %d'",
            "'{} {0}'",
            "[1, 'a']",
            "[]",
            "(1, 2)",
            "{'a': 1}",
            "{}",
            "range(3)",
            "d.items()",
            "xs | map('string')",
            "missing",
            "missing.x",
            "99999999999999999999",
            "('inf' | float)",
            "('nan' | float)",
            "s.upper",
            "namespace(a=1)",
            "'<' | safe",
            "[[1], [2]]",
            "[none, 1]",
            "cycler(1)",
            "range",
            "dict",
            "[(1, 2)]",
            "-1e308",
            "'é😀'",
            "1000000");
    List<String> operations =
        List.of(
            "A + B",
            "A - B",
            "A * B",
            "A / B",
            "A // B",
            "A % B",
            "A ** B",
            "A ~ B",
            "A == B",
            "A < B",
            "A in B",
            "A[B]",
            "A[B:]",
            "A[::B]",
            "A.x",
            "A(B)",
            "A.get(B)",
            "A.split(B)",
            "A.join(B)",
            "A.replace(B, B)",
            "A.strip(B)",
            "A.startswith(B)",
            "A.find(B, B)",
            "A.format(B)",
            "A.center(B)",
            "A.zfill(B)",
            "A.expandtabs(B)",
            "A.partition(B)",
            "A.count(B)",
            "A.index(B)",
            "A.splitlines(B)",
            "A.removeprefix(B)",
            "A.format_map(B)",
            "A.title()",
            "A.isalnum()",
            "A | abs",
            "A | attr(B)",
            "A | batch(B) | list",
            "A | batch(2, B) | list",
            "A | center(B)",
            "A | default(B)",
            "A | dictsort(B)",
            "A | dictsort(by=B)",
            "A | e",
            "A | first",
            "A | float(B)",
            "A | format(B)",
            "A | groupby(B)",
            "A | indent(B)",
            "A | int(B)",
            "A | int(0, B)",
            "A | items | list",
            "A | join(B)",
            "A | join(',', B)",
            "A | last",
            "A | length",
            "A | list",
            "A | map(B) | list",
            "A | map(attribute=B) | list",
            "A | max",
            "A | max(attribute=B)",
            "A | min",
            "A | pprint",
            "A | reject(B) | list",
            "A | selectattr(B) | list",
            "A | select('eq', B) | list",
            "A | replace(B, B)",
            "A | reverse | list",
            "A | round(B)",
            "A | round(1, B)",
            "A | slice(B) | list",
            "A | slice(2, B) | list",
            "A | sort",
            "A | sort(attribute=B)",
            "A | string",
            "A | striptags",
            "A | sum",
            "A | sum(start=B)",
            "A | title",
            "A | tojson(indent=B)",
            "A | tojson(separators=B)",
            "A | tojson(sort_keys=B)",
            "A | trim(B)",
            "A | truncate(B)",
            "A | truncate(5, B, B)",
            "A | unique | list",
            "A | upper",
            "A | urlencode",
            "A | wordcount",
            "A | wordwrap(B)",
            "A | xmlattr",
            "A | filesizeformat(B)",
            "A is odd",
            "A is divisibleby B",
            "A is sameas B",
            "A is in B",
            "A is lower",
            "A is gt B",
            "A is iterable",
            "range(A, B) | list",
            "dict(A)",
            "dict(*A)",
            "dict(**A)",
            "namespace(A)",
            "cycler(*A).next()",
            "joiner(A)() ~ joiner(B)()",
            "strftime_now(A)",
            "raise_exception(A)",
            "{A: B}",
            "-A",
            "+A",
            "not A",
            "A if B else A",
            "A and B",
            "[A, B] | sort",
            "{'k': A} | tojson",
            "'%s|%d' % (A, B)",
            "'%*d' % (A, B)",
            "'{:>{}}'.format(A, B)",
            "'{0[a]}{0.b}'.format(A)",
            "'%(a)s' % A",
            "A | forceescape");
    String left = values.get(pickLeft % values.size());
    String right = values.get(pickRight % values.size());
    StringBuilder expression = new StringBuilder();
    String operation = operations.get(pick % operations.size());
    for (int i = 0; i < operation.length(); i++) {
      char c = operation.charAt(i);
      expression.append(
          c == 'A' ? "(" + left + ")" : c == 'B' ? "(" + right + ")" : String.valueOf(c));
    }
    survives("{{ " + expression + " }}", variables());
    survives("{% for a, b in " + expression + " %}{{ a }}{% endfor %}", variables());
  }

  @Property(tries = 1500)
  void survivesMutatedTemplates(
      @ForAll @IntRange(max = 1_000_000) int pick,
      @ForAll @IntRange(max = 1_000_000) int from,
      @ForAll @IntRange(max = 200) int length,
      @ForAll @IntRange(max = 1_000_000) int to,
      @ForAll @IntRange(max = 2) int kind) {
    String source = (String) TEMPLATES.get(pick % TEMPLATES.size()).get("source");
    survives(mutated(source, from, length, to, kind), context(pick));
  }

  @Property(tries = 4000)
  void survivesMutatedCases(
      @ForAll @IntRange(max = 1_000_000) int pick,
      @ForAll @IntRange(max = 1_000_000) int from,
      @ForAll @IntRange(max = 8) int length,
      @ForAll @IntRange(max = 1_000_000) int to,
      @ForAll @IntRange(max = 2) int kind) {
    Map<String, Object> each = CASES.get(pick % CASES.size());
    String source = (String) each.get("template");
    survives(mutated(source, from, length, to, kind), Fixture.object(each.get("variables")));
  }

  /** Removes, doubles or moves a piece. */
  private static String mutated(String source, int from, int length, int to, int kind) {
    int start = from % (source.length() + 1);
    int end = Math.min(source.length(), start + length);
    String piece = source.substring(start, end);
    String rest = kind == 1 ? source : source.substring(0, start) + source.substring(end);
    int at = to % (rest.length() + 1);
    return kind == 0 ? rest : rest.substring(0, at) + piece + rest.substring(at);
  }

  private static Map<String, Object> context(int pick) {
    List<Object> all = List.copyOf(CONTEXTS.values());
    return Fixture.object(all.get(pick % all.size()));
  }

  private static Map<String, Object> variables() {
    Map<String, Object> variables = new HashMap<>();
    variables.put("x", 3L);
    variables.put("xs", List.of(1L, 2L, "three"));
    variables.put("s", "Some text");
    variables.put("d", Map.of("a", 1L, "b", "c"));
    variables.put("messages", List.of(Map.of("role", "user", "content", "Hi")));
    return variables;
  }
}
