package io.longhaul.engine.text.answer;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What happens in an answer while it is made.
 *
 * <p>Each event accounts for a stretch of the answer's text, its {@link #source}: the sources of
 * all events, one after the other, are the text of the answer's tokens, with nothing lost and
 * nothing repeated, however damaged the answer is.
 *
 * <p>A tool call is one {@link ToolCallStart}, any number of {@link ToolArgumentDelta}, and one
 * {@link ToolCallEnd} or {@link ToolCallBroken}; no other event comes between. The {@code json} of
 * its deltas, one after the other, is the JSON of its arguments: what OpenAI streams as {@code
 * arguments} and Anthropic as {@code input_json_delta}.
 */
public sealed interface AnswerEvent {
  /** The text of the answer that this event stands for; empty where it only tells of a change. */
  String source();

  /**
   * The reasoning begins.
   *
   * @param source the marker; empty if the prompt had it
   */
  record ReasoningStart(String source) implements AnswerEvent {}

  /** Some more reasoning. */
  record ReasoningDelta(String text) implements AnswerEvent {
    @Override
    public String source() {
      return text;
    }
  }

  /**
   * The reasoning ends.
   *
   * @param source the marker; empty if the answer ended without it
   */
  record ReasoningEnd(String source) implements AnswerEvent {}

  /** Some more of what the model says. */
  record TextDelta(String text) implements AnswerEvent {
    @Override
    public String source() {
      return text;
    }
  }

  /**
   * A tool call begins. It may come out of the reasoning, which then goes on after it.
   *
   * @param index of the call in this answer, from 0
   * @param name of the tool
   */
  record ToolCallStart(int index, String name, String source) implements AnswerEvent {}

  /**
   * Some more of a call's arguments, as it arrives.
   *
   * @param argument the name of the argument at hand; empty between arguments, and where all
   *     arguments come as one JSON text
   * @param json what to append to the JSON of the arguments; empty while it is not certain, such as
   *     within a value that may be a number
   */
  record ToolArgumentDelta(int index, String argument, String json, String source)
      implements AnswerEvent {}

  /**
   * A tool call is complete.
   *
   * @param arguments by name, in their order, the values as {@link io.longhaul.engine.json.Json}
   *     reads them
   * @param argumentsJson the same as a JSON object, in the model's own writing where that is JSON
   */
  record ToolCallEnd(
      int index, String name, Map<String, Object> arguments, String argumentsJson, String source)
      implements AnswerEvent {
    public ToolCallEnd {
      // Not Map.copyOf: a value may be null, and the order is the model's.
      arguments = Collections.unmodifiableMap(new LinkedHashMap<>(arguments));
    }
  }

  /**
   * A tool call that had begun is damaged, or the answer ended within it: it must not be run.
   *
   * @param reason for a log, or to tell the model
   * @param raw all text of the call, which a reader may want to see
   */
  record ToolCallBroken(int index, String name, String reason, String raw, String source)
      implements AnswerEvent {}

  /**
   * Text that looks like structure and is none: a marker out of place, or a tool call that is
   * damaged before its name is known. It is part of the text, or of the reasoning, at its place.
   *
   * @param inReasoning whether it stands in the reasoning
   */
  record Malformed(String text, String reason, boolean inReasoning) implements AnswerEvent {
    @Override
    public String source() {
      return text;
    }
  }
}
