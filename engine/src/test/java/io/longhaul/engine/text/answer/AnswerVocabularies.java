package io.longhaul.engine.text.answer;

import static org.assertj.core.api.Assertions.assertThat;

import io.longhaul.engine.text.Prompt;
import io.longhaul.engine.text.SmallVocabulary;
import io.longhaul.engine.text.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Small vocabularies with the structure tokens of real ones, and answers written in them. */
final class AnswerVocabularies {
  /** Tokens of several characters, which end within words, marks and JSON. */
  private static final List<String> WORDS =
      List.of("th", "in", "</", "_call", "\":", "{\"", "},", "city", "name", "arguments");

  /** Bytes, a few longer tokens, and GLM's control tokens. */
  static final Tokenizer GLM =
      base()
          .token("[gMASK]", 3)
          .token("<sop>", 3)
          .token("<|system|>", 3)
          .token("<|user|>", 3)
          .token("<|assistant|>", 3)
          .token("<|observation|>", 3)
          .userDefined("<think>")
          .userDefined("</think>")
          .userDefined("<tool_call>")
          .userDefined("</tool_call>")
          .userDefined("<arg_key>")
          .userDefined("</arg_key>")
          .userDefined("<arg_value>")
          .userDefined("</arg_value>")
          .build();

  /** The same with Qwen's. */
  static final Tokenizer QWEN =
      base()
          .token("<|im_start|>", 3)
          .token("<|im_end|>", 3)
          .userDefined("<tool_call>")
          .userDefined("</tool_call>")
          .userDefined("<think>")
          .userDefined("</think>")
          .build();

  /** The same without any structure. */
  static final Tokenizer PLAIN = base().build();

  static final List<Tokenizer> ALL = List.of(GLM, QWEN, PLAIN);

  private AnswerVocabularies() {}

  /** A text in tokens that random chooses: of one byte each, or of several where a word stands. */
  static int[] spelled(Tokenizer tokenizer, String text, Random random) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    List<Integer> tokens = new ArrayList<>();
    for (int at = 0; at < bytes.length; ) {
      int token = Byte.toUnsignedInt(bytes[at]);
      int word = 256 + random.nextInt(WORDS.size());
      byte[] of = tokenizer.bytes(word);
      int end = Math.min(bytes.length, at + of.length);
      boolean stands = Arrays.equals(of, Arrays.copyOfRange(bytes, at, end));
      tokens.add(stands ? word : Integer.valueOf(tokenOf(tokenizer, token)));
      at += stands ? of.length : 1;
    }
    return tokens.stream().mapToInt(Integer::intValue).toArray();
  }

  /** The vocabularies begin with the bytes in order. */
  private static int tokenOf(Tokenizer tokenizer, int value) {
    assertThat(tokenizer.bytes(value)).containsExactly((byte) value);
    return value;
  }

  private static SmallVocabulary base() {
    SmallVocabulary vocabulary = SmallVocabulary.gguf();
    WORDS.forEach(word -> vocabulary.token(word, 1));
    return vocabulary;
  }

  /** The tokens of an answer whose markers are meant: one for each byte between them. */
  static int[] tokens(Tokenizer tokenizer, String answer) {
    return tokenizer.encode(answer, true);
  }

  /** The tokens of a text in which nothing is meant. */
  static int[] plainTokens(Tokenizer tokenizer, String text) {
    return tokenizer.encode(new Prompt(List.of(new Prompt.Part(text, false))));
  }

  static int[] join(int[]... parts) {
    return Arrays.stream(parts).flatMapToInt(Arrays::stream).toArray();
  }

  static List<AnswerEvent> parse(Tokenizer tokenizer, int... tokens) {
    return parse(tokenizer, ToolSchemas.none(), false, tokens);
  }

  static List<AnswerEvent> parse(
      Tokenizer tokenizer, ToolSchemas tools, boolean inReasoning, int... tokens) {
    List<AnswerEvent> events = new ArrayList<>();
    AnswerParser parser =
        new AnswerParser(AnswerGrammar.of(tokenizer), tools, inReasoning, events::add);
    for (int token : tokens) {
      parser.accept(token);
    }
    parser.finish();
    return events;
  }

  static String source(List<AnswerEvent> events) {
    StringBuilder source = new StringBuilder();
    events.forEach(event -> source.append(event.source()));
    return source.toString();
  }

  /**
   * What the events say, whatever the pieces: deltas of a kind that follow each other are one, and
   * who accounts for which marker is left out.
   */
  static List<String> said(List<AnswerEvent> events) {
    List<String> said = new ArrayList<>();
    StringBuilder json = new StringBuilder();
    for (AnswerEvent event : events) {
      switch (event) {
        case AnswerEvent.ReasoningStart ignored -> said.add("think");
        case AnswerEvent.ReasoningEnd ignored -> said.add("/think");
        case AnswerEvent.ReasoningDelta delta -> append(said, "reasoning ", delta.text());
        case AnswerEvent.TextDelta delta -> append(said, "text ", delta.text());
        case AnswerEvent.Malformed text ->
            said.add((text.inReasoning() ? "malformed reasoning " : "malformed ") + text.text());
        case AnswerEvent.ToolCallStart start -> {
          said.add("call %d %s".formatted(start.index(), start.name()));
          json.setLength(0);
        }
        case AnswerEvent.ToolArgumentDelta delta -> json.append(delta.json());
        case AnswerEvent.ToolCallEnd end -> said.add("end " + end.argumentsJson());
        case AnswerEvent.ToolCallBroken broken ->
            said.add("broken %s|%s".formatted(json, broken.raw()));
      }
    }
    return said;
  }

  private static void append(List<String> said, String kind, String text) {
    if (!said.isEmpty() && said.getLast().startsWith(kind)) {
      said.add(said.removeLast() + text);
    } else {
      said.add(kind + text);
    }
  }

  /** A tool {@code get_weather} with a city, a number of days, and a unit that may be null. */
  static final ToolSchemas WEATHER =
      ToolSchemas.of(
          List.of(
              Map.of(
                  "type",
                  "function",
                  "function",
                  Map.of(
                      "name",
                      "get_weather",
                      "parameters",
                      Map.of(
                          "type",
                          "object",
                          "properties",
                          Map.of(
                              "city", Map.of("type", "string"),
                              "days", Map.of("type", "integer"),
                              "unit", Map.of("type", List.of("string", "null"))))))));
}
