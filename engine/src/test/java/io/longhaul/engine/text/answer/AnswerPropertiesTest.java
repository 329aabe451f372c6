package io.longhaul.engine.text.answer;

import static io.longhaul.engine.text.answer.AnswerVocabularies.GLM;
import static io.longhaul.engine.text.answer.AnswerVocabularies.QWEN;
import static io.longhaul.engine.text.answer.AnswerVocabularies.WEATHER;
import static io.longhaul.engine.text.answer.AnswerVocabularies.parse;
import static io.longhaul.engine.text.answer.AnswerVocabularies.said;
import static io.longhaul.engine.text.answer.AnswerVocabularies.source;
import static io.longhaul.engine.text.answer.AnswerVocabularies.spelled;
import static org.assertj.core.api.Assertions.assertThat;

import io.longhaul.engine.text.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;

/**
 * Random answers, whole and damaged, in random tokens. {@code scripts/fuzz-answers.sh} tries many
 * more of them.
 */
class AnswerPropertiesTest {
  /** A stretch of an answer: a marker that is meant, or text, which may look like one. */
  record Part(String text, boolean meant) {
    static Part text(String text) {
      return new Part(text, false);
    }

    static Part marker(String text) {
      return new Part(text, true);
    }
  }

  /**
   * An answer.
   *
   * @param thinking whether its prompt opens the reasoning
   */
  record Answer(Tokenizer tokenizer, boolean thinking, List<Part> parts) {
    int[] tokens(long seed) {
      Random random = new Random(seed);
      return parts.stream()
          .flatMapToInt(
              part ->
                  IntStream.of(
                      part.meant
                          ? tokenizer.encode(part.text, true)
                          : spelled(tokenizer, part.text, random)))
          .toArray();
    }

    List<AnswerEvent> events(long seed) {
      return parse(tokenizer, WEATHER, thinking, tokens(seed));
    }

    @Override
    public String toString() {
      return AnswerGrammar.of(tokenizer).calls() + " " + thinking + parts;
    }
  }

  private static final List<String> MARKERS =
      Arrays.stream(Marker.values()).map(marker -> marker.text).toList();

  private static final List<String> TEXTS =
      List.of(
          "get_weather",
          "city",
          "days",
          "unit",
          "x",
          " ",
          "\n",
          "3",
          "null",
          "\"",
          "\\",
          "é",
          "😀",
          "日本",
          "in the city",
          "{\"name\": \"f\", \"arguments\": {\"a\": [1, \"}\"]}}",
          "{\"name\":",
          "\"arguments\": {",
          "}",
          "]",
          "{\"name\": \"f\"}",
          "two words",
          "\u0001",
          "true",
          "</",
          "<|user|>");

  private static Arbitrary<Part> parts() {
    Arbitrary<Part> markers = Arbitraries.of(MARKERS).map(Part::marker);
    Arbitrary<Part> texts = Arbitraries.of(TEXTS).map(Part::text);
    Arbitrary<Part> lookAlikes = Arbitraries.of(MARKERS).map(Part::text);
    return Arbitraries.frequencyOf(
        Tuple.of(6, markers), Tuple.of(5, texts), Tuple.of(1, lookAlikes));
  }

  private static Arbitrary<Tokenizer> tokenizers() {
    return Arbitraries.frequency(
        Tuple.of(6, GLM), Tuple.of(3, QWEN), Tuple.of(1, AnswerVocabularies.PLAIN));
  }

  private static Arbitrary<Answer> answers(Arbitrary<List<Part>> parts) {
    return Combinators.combine(tokenizers(), Arbitraries.of(true, false), parts)
        .as(
            (tokenizer, thinking, list) ->
                new Answer(tokenizer, thinking && hasReasoning(tokenizer), list));
  }

  private static boolean hasReasoning(Tokenizer tokenizer) {
    return AnswerGrammar.of(tokenizer).hasReasoning();
  }

  /** Markers and texts in any order. */
  @Provide
  Arbitrary<Answer> scrambled() {
    return answers(parts().list().ofMaxSize(25));
  }

  /** Well-formed calls with one thing wrong: a part lost, doubled, moved or put in, or a cut. */
  @Provide
  Arbitrary<Answer> damaged() {
    Arbitrary<List<Part>> whole =
        Arbitraries.of(callParts(), hermesParts(), thinkingParts())
            .list()
            .ofMinSize(1)
            .ofMaxSize(4)
            .map(lists -> lists.stream().flatMap(List::stream).toList());
    return answers(
        Combinators.combine(
                whole, Arbitraries.integers().between(0, 4), Arbitraries.randoms(), parts())
            .as(AnswerPropertiesTest::damage));
  }

  private static List<Part> callParts() {
    return List.of(
        Part.marker("<tool_call>"),
        Part.text("get_weather"),
        Part.marker("<arg_key>"),
        Part.text("city"),
        Part.marker("</arg_key>"),
        Part.marker("<arg_value>"),
        Part.text("Osló \"\n"),
        Part.marker("</arg_value>"),
        Part.marker("<arg_key>"),
        Part.text("days"),
        Part.marker("</arg_key>"),
        Part.marker("<arg_value>"),
        Part.text("3"),
        Part.marker("</arg_value>"),
        Part.marker("</tool_call>"));
  }

  private static List<Part> hermesParts() {
    return List.of(
        Part.marker("<tool_call>"), Part.text("\n{\"name\": \"f\", "),
        Part.text("\"arguments\": {\"a\": \"}"), Part.text("\\\"x\", \"b\": [1, {}]"),
        Part.text("}}\n"), Part.marker("</tool_call>"));
  }

  private static List<Part> thinkingParts() {
    return List.of(
        Part.marker("<think>"), Part.text("so 😀"), Part.marker("</think>"), Part.text("yes"));
  }

  private static List<Part> damage(List<Part> whole, int kind, Random random, Part other) {
    List<Part> parts = new ArrayList<>(whole);
    int at = random.nextInt(parts.size());
    switch (kind) {
      case 0 -> parts.remove(at);
      case 1 -> parts.add(at, parts.get(at));
      case 2 -> parts.add(random.nextInt(parts.size()), parts.remove(at));
      case 3 -> parts.add(at, other);
      default -> parts.subList(at, parts.size()).clear();
    }
    return parts;
  }

  @Property
  void nothingIsLostOrRepeatedOfScrambledAnswers(
      @ForAll("scrambled") Answer answer, @ForAll long seed) {
    checkNothingIsLost(answer, seed);
  }

  @Property
  void nothingIsLostOrRepeatedOfDamagedAnswers(
      @ForAll("damaged") Answer answer, @ForAll long seed) {
    checkNothingIsLost(answer, seed);
  }

  private static void checkNothingIsLost(Answer answer, long seed) {
    List<AnswerEvent> events = answer.events(seed);
    assertThat(source(events)).isEqualTo(answer.tokenizer.decode(answer.tokens(seed)));
    AnswerChecks.check(events);
  }

  /** Even tokens that are no UTF-8, and ids that are no tokens. */
  @Property
  void nothingIsLostOfRandomTokens(@ForAll("randomTokens") int[] tokens, @ForAll boolean thinking) {
    for (Tokenizer tokenizer : List.of(GLM, QWEN)) {
      List<AnswerEvent> events = parse(tokenizer, WEATHER, thinking, tokens);
      assertThat(source(events)).isEqualTo(tokenizer.decode(tokens));
      AnswerChecks.check(events);
    }
  }

  @Provide
  Arbitrary<int[]> randomTokens() {
    Arbitrary<Integer> special = Arbitraries.integers().between(256, GLM.vocabularySize() + 1);
    Arbitrary<Integer> any = Arbitraries.integers().between(-1, 255);
    return Arbitraries.oneOf(special, any).array(int[].class).ofMaxSize(40);
  }

  @Property
  void howTheTextIsSpelledMakesNoDifference(
      @ForAll("scrambled") Answer scrambled,
      @ForAll("damaged") Answer damaged,
      @ForAll long one,
      @ForAll long other) {
    assertThat(said(scrambled.events(one))).isEqualTo(said(scrambled.events(other)));
    assertThat(said(damaged.events(one))).isEqualTo(said(damaged.events(other)));
  }

  /** Text that is released by and by says the same, and an answer may end anywhere in it. */
  @Property
  void releasedTextIsTheAnswer(
      @ForAll("damaged") Answer answer, @ForAll long seed, @ForAll Random random) {
    int[] tokens = answer.tokens(seed);
    String text = answer.tokenizer.decode(tokens);
    int end =
        text.isEmpty()
            ? 0
            : text.offsetByCodePoints(0, random.nextInt(1 + text.codePointCount(0, text.length())));
    List<AnswerEvent> events = new ArrayList<>();
    AnswerParser parser =
        new AnswerParser(AnswerGrammar.of(answer.tokenizer), WEATHER, answer.thinking, events::add);
    int at = 0;
    for (int token : tokens) {
      parser.hold(token);
      int upTo =
          text.offsetByCodePoints(
              at, random.nextInt(1 + Math.min(3, text.codePointCount(at, end))));
      parser.release(upTo - at);
      at = upTo;
    }
    parser.release(end - at);
    parser.finishReleased();
    assertThat(source(events)).isEqualTo(text.substring(0, end));
    AnswerChecks.check(events);
    if (end == text.length()) {
      assertThat(said(events)).isEqualTo(said(answer.events(seed)));
    }
  }

  /** A call with random arguments, and what it must say. */
  @Property
  void wholeCallsSayWhatWasMeant(
      @ForAll("values") List<String> values, @ForAll boolean thinking, @ForAll long seed) {
    List<Part> parts =
        new ArrayList<>(List.of(Part.text("a"), Part.marker("<tool_call>"), Part.text("tool")));
    List<String> json = new ArrayList<>();
    ToolSchemas tools = declaring(values.size());
    for (int i = 0; i < values.size(); i++) {
      parts.addAll(
          List.of(
              Part.marker("<arg_key>"),
              Part.text("k" + i),
              Part.marker("</arg_key>"),
              Part.marker("<arg_value>"),
              Part.text(values.get(i)),
              Part.marker("</arg_value>")));
      json.add(values.get(i));
    }
    parts.add(Part.marker("</tool_call>"));
    Answer answer = new Answer(GLM, thinking, parts);
    List<AnswerEvent> events = parse(GLM, tools, thinking, answer.tokens(seed));
    AnswerChecks.check(events);
    AnswerEvent.ToolCallEnd end =
        events.stream()
            .filter(AnswerEvent.ToolCallEnd.class::isInstance)
            .map(AnswerEvent.ToolCallEnd.class::cast)
            .findFirst()
            .orElseThrow();
    assertThat(end.name()).isEqualTo("tool");
    assertThat(List.copyOf(end.arguments().values())).isEqualTo(json);
  }

  private static ToolSchemas declaring(int count) {
    Map<String, Object> properties = new HashMap<>();
    for (int i = 0; i < count; i++) {
      properties.put("k" + i, Map.of("type", "string"));
    }
    return ToolSchemas.of(
        List.of(Map.of("name", "tool", "input_schema", Map.of("properties", properties))));
  }

  @Provide
  Arbitrary<List<String>> values() {
    Arbitrary<String> any =
        Arbitraries.integers()
            .between(0, 0x10FFFF)
            .filter(c -> c < 0xD800 || c > 0xDFFF)
            .list()
            .ofMaxSize(8)
            .map(
                list -> {
                  StringBuilder out = new StringBuilder();
                  list.forEach(out::appendCodePoint);
                  return out.toString();
                });
    Arbitrary<String> pieces =
        Arbitraries.oneOf(Arbitraries.of(TEXTS), Arbitraries.of(MARKERS))
            .list()
            .ofMaxSize(6)
            .map(list -> String.join("", list));
    return Arbitraries.oneOf(any, pieces).list().ofMaxSize(4);
  }
}
