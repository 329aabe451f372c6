package io.longhaul.engine.text.answer;

import static io.longhaul.engine.text.answer.AnswerVocabularies.GLM;
import static io.longhaul.engine.text.answer.AnswerVocabularies.PLAIN;
import static io.longhaul.engine.text.answer.AnswerVocabularies.QWEN;
import static io.longhaul.engine.text.answer.AnswerVocabularies.WEATHER;
import static io.longhaul.engine.text.answer.AnswerVocabularies.join;
import static io.longhaul.engine.text.answer.AnswerVocabularies.parse;
import static io.longhaul.engine.text.answer.AnswerVocabularies.plainTokens;
import static io.longhaul.engine.text.answer.AnswerVocabularies.said;
import static io.longhaul.engine.text.answer.AnswerVocabularies.source;
import static io.longhaul.engine.text.answer.AnswerVocabularies.tokens;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.longhaul.engine.text.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Answers written by hand, and what they say. */
class AnswerParserTest {
  private static List<String> glm(String answer) {
    return check(GLM, answer, false);
  }

  private static List<String> glmThinking(String answer) {
    return check(GLM, answer, true);
  }

  private static List<String> qwen(String answer) {
    return check(QWEN, answer, false);
  }

  private static List<String> check(Tokenizer tokenizer, String answer, boolean inReasoning) {
    List<AnswerEvent> events = parse(tokenizer, WEATHER, inReasoning, tokens(tokenizer, answer));
    assertThat(source(events)).isEqualTo(answer);
    return said(events);
  }

  @Test
  void grammarComesFromTheVocabulary() {
    assertThat(AnswerGrammar.of(GLM).calls()).isEqualTo(AnswerGrammar.Calls.KEYS_AND_VALUES);
    assertThat(AnswerGrammar.of(QWEN).calls()).isEqualTo(AnswerGrammar.Calls.JSON);
    assertThat(AnswerGrammar.of(PLAIN).calls()).isEqualTo(AnswerGrammar.Calls.NONE);
    assertThat(AnswerGrammar.of(GLM).hasReasoning()).isTrue();
    assertThat(AnswerGrammar.of(PLAIN).hasReasoning()).isFalse();
    assertThat(check(PLAIN, "<think>a</think><tool_call>", false))
        .containsExactly("text <think>a</think><tool_call>");
  }

  @Test
  void promptsSayWhetherTheAnswerBeginsInReasoning() {
    AnswerGrammar glm = AnswerGrammar.of(GLM);
    AnswerGrammar qwen = AnswerGrammar.of(QWEN);
    String asked = "[gMASK]<sop><|user|>Hi<|assistant|>";
    assertThat(glm.beginsInReasoning(tokens(GLM, asked + "<think>"))).isTrue();
    assertThat(glm.beginsInReasoning(tokens(GLM, asked + "<think>So far"))).isTrue();
    assertThat(glm.beginsInReasoning(tokens(GLM, asked + "<think></think>"))).isFalse();
    assertThat(glm.beginsInReasoning(tokens(GLM, asked))).isFalse();
    assertThat(glm.beginsInReasoning(tokens(GLM, "<sop>Use <think>.<|user|>Hi<|assistant|>")))
        .isFalse();
    assertThat(glm.beginsInReasoning(new int[0])).isFalse();
    assertThat(glm.beginsInReasoning(join(tokens(GLM, asked), plainTokens(GLM, "I say <think>"))))
        .isFalse();
    assertThat(qwen.beginsInReasoning(tokens(QWEN, "<|im_start|>assistant\n<think>\n"))).isTrue();
    assertThat(
            qwen.beginsInReasoning(tokens(QWEN, "<|im_start|>assistant\n<think>\n\n</think>\n\n")))
        .isFalse();
  }

  @Test
  void reasoningThenTextThenACall() {
    assertThat(
            glmThinking(
                "need tool</think>Checking.<tool_call>get_weather<arg_key>city</arg_key>"
                    + "<arg_value>Oslo</arg_value><arg_key>days</arg_key><arg_value>3</arg_value>"
                    + "</tool_call>"))
        .containsExactly(
            "think",
            "reasoning need tool",
            "/think",
            "text Checking.",
            "call 0 get_weather",
            "end {\"city\":\"Oslo\",\"days\":3}");
  }

  @Test
  void aCallComesOutOfTheReasoningWhichGoesOn() {
    assertThat(glmThinking("a<tool_call>f</tool_call>b</think>c"))
        .containsExactly(
            "think", "reasoning a", "call 0 f", "end {}", "reasoning b", "/think", "text c");
  }

  @Test
  void aCallEndsAtTheTokenAndNotAtItsText() {
    int[] answer =
        join(
            tokens(GLM, "<tool_call>get_weather<arg_key>city</arg_key><arg_value>"),
            plainTokens(GLM, "a</arg_value></tool_call>b<think>"),
            tokens(GLM, "</arg_value></tool_call>"));
    List<AnswerEvent> events = parse(GLM, WEATHER, false, answer);
    assertThat(said(events))
        .containsExactly(
            "call 0 get_weather", "end {\"city\":\"a</arg_value></tool_call>b<think>\"}");
    assertThat(source(events)).isEqualTo(GLM.decode(answer));
  }

  @Test
  void markersWithinAValueAreItsText() {
    assertThat(
            glm(
                "<tool_call>get_weather<arg_key>city</arg_key><arg_value>a<tool_call>b<arg_key>"
                    + "</think></arg_value></tool_call>"))
        .containsExactly("call 0 get_weather", "end {\"city\":\"a<tool_call>b<arg_key></think>\"}");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        // The declared type decides; without one, what is JSON is taken as such.
        "city | 3 | \"3\"",
        "city | null | \"null\"",
        "days | 3 | 3",
        "days | three | \"three\"",
        "days | \"3\" | \"3\"",
        "unit | null | null",
        "unit | 3 | \"3\"",
        "unit | C | \"C\"",
        "other | 3 | 3",
        "other | 1.50e2 | 1.50e2",
        "other | {\"a\": [1, null]} | {\"a\": [1, null]}",
        "other | {\"a\": [1, | \"{\\\"a\\\": [1,\"",
        "other | {\"a\":1,\"a\":2} | \"{\\\"a\\\":1,\\\"a\\\":2}\"",
        "other | 3 4 | \"3 4\"",
        "other | NaN | \"NaN\"",
        "other | Ré😀 | \"Ré😀\"",
      })
  void valuesAreWhatTheToolDeclares(String key, String value, String json) {
    assertThat(
            glm(
                "<tool_call>get_weather<arg_key>%s</arg_key><arg_value>%s</arg_value></tool_call>"
                    .formatted(key, value)))
        .containsExactly("call 0 get_weather", "end {\"%s\":%s}".formatted(key, json));
  }

  @Test
  void valuesKeepTheirSpaceAndArgumentsNeedNone() {
    assertThat(
            glm(
                "<tool_call>get_weather\n<arg_key>city</arg_key>\n<arg_value>\n \"Oslo\"\t\n"
                    + "</arg_value>\n<arg_key>days</arg_key><arg_value></arg_value>\n</tool_call>"))
        .containsExactly(
            "call 0 get_weather", "end {\"city\":\"\\n \\\"Oslo\\\"\\t\\n\",\"days\":\"\"}");
  }

  @Test
  void aValueOfTextIsToldAsItArrives() {
    List<AnswerEvent> events = new ArrayList<>();
    AnswerParser parser = new AnswerParser(AnswerGrammar.of(GLM), WEATHER, false, events::add);
    for (int token : tokens(GLM, "<tool_call>get_weather<arg_key>city</arg_key><arg_value>Os\n")) {
      parser.accept(token);
    }
    assertThat(events)
        .endsWith(
            new AnswerEvent.ToolArgumentDelta(0, "city", "{\"city\":\"", "<arg_value>"),
            new AnswerEvent.ToolArgumentDelta(0, "city", "O", "O"),
            new AnswerEvent.ToolArgumentDelta(0, "city", "s", "s"),
            new AnswerEvent.ToolArgumentDelta(0, "city", "\\n", "\n"));
  }

  @Test
  void neverHalfACharacter() {
    int[] emoji = tokens(GLM, "😀");
    assertThat(emoji).hasSize(4);
    assertThat(parse(GLM, emoji)).containsExactly(new AnswerEvent.TextDelta("😀"));
    int[] half = join(new int[] {emoji[0], emoji[1]}, tokens(GLM, "<think>"), emoji);
    assertThat(parse(GLM, half))
        .containsExactly(
            new AnswerEvent.TextDelta("\uFFFD"),
            new AnswerEvent.ReasoningStart("<think>"),
            new AnswerEvent.ReasoningDelta("😀"),
            new AnswerEvent.ReasoningEnd(""));
  }

  @Test
  void markersOutOfPlaceAreText() {
    assertThat(glm("a</think>b</tool_call><arg_key>"))
        .containsExactly(
            "text a",
            "malformed </think>",
            "text b",
            "malformed </tool_call>",
            "malformed <arg_key>");
    assertThat(glmThinking("a<think>b"))
        .containsExactly(
            "think", "reasoning a", "malformed reasoning <think>", "reasoning b", "/think");
  }

  @Test
  void damagedCallsAreTextOrBroken() {
    assertThat(glm("<tool_call>two words</tool_call>"))
        .containsExactly("malformed <tool_call>two ", "text words", "malformed </tool_call>");
    assertThat(glm("<tool_call></tool_call>a"))
        .containsExactly("malformed <tool_call></tool_call>", "text a");
    assertThat(glm("<tool_call>f<tool_call>g</tool_call>"))
        .containsExactly("malformed <tool_call>f", "call 0 g", "end {}");
    assertThat(glm("<tool_call>f<arg_key>a</arg_key>x<arg_value>"))
        .containsExactly(
            "call 0 f",
            "broken |<tool_call>f<arg_key>a</arg_key>",
            "text x",
            "malformed <arg_value>");
    assertThat(glm("<tool_call>f<arg_key>a</arg_key><arg_value>1</tool_call>b"))
        .containsExactly(
            "call 0 f",
            "broken {\"a\":|<tool_call>f<arg_key>a</arg_key><arg_value>1</tool_call>",
            "text b");
    assertThat(
            glm(
                "<tool_call>f<arg_key>a</arg_key><arg_value>1</arg_value><arg_key>a</arg_key>"
                    + "<arg_value>2</arg_value></tool_call><tool_call>g</tool_call>"))
        .startsWith(
            "call 0 f",
            "broken {\"a\":1|<tool_call>f<arg_key>a</arg_key><arg_value>1</arg_value>"
                + "<arg_key>a</arg_key>",
            "malformed <arg_value>")
        .endsWith("call 1 g", "end {}");
    assertThat(glm("<tool_call>f<arg_key>a"))
        .containsExactly("call 0 f", "broken |<tool_call>f<arg_key>a");
    assertThat(glm("<tool_call>f<arg_key>a</think>"))
        .containsExactly("call 0 f", "broken |<tool_call>f<arg_key>a", "malformed </think>");
  }

  @Test
  void hermesCallsAreToldAsTheyArrive() {
    String call =
        "<tool_call>\n{\"name\": \"f\", \"arguments\": {\"a\": \"}]\\\"</\", \"b\": 1}}\n";
    assertThat(qwen("<think>\nt\n</think>\n\n" + call + "</tool_call>\n" + call + "</tool_call>"))
        .containsExactly(
            "think",
            "reasoning \nt\n",
            "/think",
            "text \n\n",
            "call 0 f",
            "end {\"a\": \"}]\\\"</\", \"b\": 1}",
            "text \n",
            "call 1 f",
            "end {\"a\": \"}]\\\"</\", \"b\": 1}");
    List<AnswerEvent> events = new ArrayList<>();
    AnswerParser parser = new AnswerParser(AnswerGrammar.of(QWEN), WEATHER, false, events::add);
    for (int token : tokens(QWEN, "<tool_call>{\"name\": \"f\", \"arguments\": {\"a\": tr")) {
      parser.accept(token);
    }
    assertThat(events)
        .endsWith(
            new AnswerEvent.ToolArgumentDelta(0, "", "t", "t"),
            new AnswerEvent.ToolArgumentDelta(0, "", "r", "r"));
  }

  @Test
  void hermesCallsOfOtherOrderAndWithoutArguments() {
    assertThat(qwen("<tool_call>{\"arguments\": {\"name\": 1}, \"name\": \"f\"}</tool_call>"))
        .containsExactly("call 0 f", "end {\"name\": 1}");
    assertThat(qwen("<tool_call>{\"name\": \"f\"}</tool_call>"))
        .containsExactly("call 0 f", "end {}");
    assertThat(qwen("<tool_call>{\"name\": \"f\", \"arguments\": null}</tool_call>"))
        .containsExactly("call 0 f", "end {}");
    assertThat(
            qwen("<tool_call>{\"name\": \"f\", \"arguments\": {\"a\": \"<think>\"}}</tool_call>"))
        .containsExactly("call 0 f", "end {\"a\": \"<think>\"}");
  }

  @Test
  void damagedHermesCalls() {
    assertThat(qwen("<tool_call><function=f></tool_call>"))
        .containsExactly("malformed <tool_call>", "text <function=f>", "malformed </tool_call>");
    assertThat(qwen("<tool_call>{\"name\": \"f\", \"arguments\": 3}</tool_call>"))
        .containsExactly("malformed <tool_call>{\"name\": \"f\", \"arguments\": 3}</tool_call>");
    assertThat(qwen("<tool_call>{\"name\": 3, \"arguments\": {}}</tool_call>"))
        .containsExactly("malformed <tool_call>{\"name\": 3, \"arguments\": {}}</tool_call>");
    assertThat(qwen("<tool_call>{\"name\": \"f\", \"arguments\": {\"a\": }}</tool_call>b"))
        .containsExactly(
            "call 0 f",
            "broken {\"a\": }|<tool_call>{\"name\": \"f\", \"arguments\": {\"a\": }}</tool_call>",
            "text b");
    assertThat(qwen("<tool_call>{\"na<tool_call>\"<tool_call>{\"name\": \"f\"}</tool_call>"))
        .containsExactly("malformed <tool_call>{\"na<tool_call>\"", "call 0 f", "end {}");
    assertThat(qwen("<tool_call>{\"name\": \"f\"} and</tool_call>"))
        .containsExactly(
            "malformed <tool_call>{\"name\": \"f\"} ", "text and", "malformed </tool_call>");
    String deep = "[".repeat(5000) + "]".repeat(5000);
    assertThat(
            qwen("<tool_call>{\"name\": \"f\", \"arguments\": {\"a\":" + deep + "}}</tool_call>"))
        .hasSize(2)
        .last()
        .asString()
        .startsWith("broken ");
  }

  @Test
  void afterTheEndNothingIsTaken() {
    AnswerParser parser = new AnswerParser(AnswerGrammar.of(GLM), WEATHER, false, event -> {});
    parser.finish();
    assertThatThrownBy(() -> parser.accept(65)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(parser::finish).isInstanceOf(IllegalStateException.class);
  }
}
