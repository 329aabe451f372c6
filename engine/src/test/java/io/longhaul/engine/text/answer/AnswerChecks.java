package io.longhaul.engine.text.answer;

import static org.assertj.core.api.Assertions.assertThat;

import io.longhaul.engine.json.Json;
import java.util.List;

/** What holds for the events of every answer, whole or damaged. */
final class AnswerChecks {
  private final StringBuilder json = new StringBuilder();
  private final StringBuilder raw = new StringBuilder();
  private boolean inReasoning;
  private boolean inCall;
  private String name = "";
  private int calls;

  private AnswerChecks() {}

  /** Checks the order of events, and that those of a call say the same. */
  static void check(List<AnswerEvent> events) {
    AnswerChecks checks = new AnswerChecks();
    events.forEach(checks::next);
    assertThat(checks.inCall).isFalse();
    assertThat(checks.inReasoning).isFalse();
  }

  private void next(AnswerEvent event) {
    switch (event) {
      case AnswerEvent.ReasoningStart ignored -> reasoning(true);
      case AnswerEvent.ReasoningEnd ignored -> reasoning(false);
      case AnswerEvent.ReasoningDelta delta -> outside(delta.text(), true);
      case AnswerEvent.TextDelta delta -> outside(delta.text(), false);
      case AnswerEvent.Malformed malformed -> outside(malformed.text(), malformed.inReasoning());
      case AnswerEvent.ToolCallStart start -> {
        assertThat(inCall).isFalse();
        assertThat(start.index()).isEqualTo(calls);
        assertThat(start.name()).isNotBlank();
        inCall = true;
        name = start.name();
        json.setLength(0);
        raw.setLength(0);
        raw.append(start.source());
      }
      case AnswerEvent.ToolArgumentDelta delta -> {
        assertThat(inCall).isTrue();
        assertThat(delta.index()).isEqualTo(calls);
        assertThat(delta.json() + delta.source()).isNotEmpty();
        json.append(delta.json());
        raw.append(delta.source());
      }
      case AnswerEvent.ToolCallEnd end -> {
        endCall(end.index(), end.name());
        assertThat(end.argumentsJson()).isEqualTo(json.toString());
        assertThat(Json.read("arguments", json.toString())).isEqualTo(end.arguments());
        assertThat(raw + end.source()).startsWith("<tool_call>").endsWith("</tool_call>");
      }
      case AnswerEvent.ToolCallBroken broken -> {
        endCall(broken.index(), broken.name());
        assertThat(raw + broken.source()).isEqualTo(broken.raw());
        assertThat(broken.reason()).isNotBlank();
      }
    }
  }

  private void reasoning(boolean begins) {
    assertThat(inCall).isFalse();
    assertThat(inReasoning).isNotEqualTo(begins);
    inReasoning = begins;
  }

  private void outside(String text, boolean reasoning) {
    assertThat(inCall).isFalse();
    assertThat(reasoning).isEqualTo(inReasoning);
    assertThat(text).isNotEmpty();
    assertThat(Character.isLowSurrogate(text.charAt(0))).isFalse();
    assertThat(Character.isHighSurrogate(text.charAt(text.length() - 1))).isFalse();
  }

  private void endCall(int index, String endName) {
    assertThat(inCall).isTrue();
    assertThat(index).isEqualTo(calls++);
    assertThat(endName).isEqualTo(name);
    inCall = false;
  }
}
