package io.longhaul.engine;

import io.longhaul.engine.text.answer.AnswerEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.IntFunction;

/**
 * Collects the events of one answer into a message. What is damaged is kept as text at its place:
 * in the reasoning, or in the content.
 */
public final class AnswerCollector implements Consumer<AnswerEvent> {
  private final IntFunction<String> callIds;
  private final StringBuilder reasoning = new StringBuilder();
  private final StringBuilder content = new StringBuilder();
  private final List<ToolCall> calls = new ArrayList<>();

  /**
   * For one answer.
   *
   * @param callIds the id of a tool call, by its index in the answer
   */
  public AnswerCollector(IntFunction<String> callIds) {
    this.callIds = callIds;
  }

  @Override
  public void accept(AnswerEvent event) {
    switch (event) {
      case AnswerEvent.ReasoningDelta delta -> reasoning.append(delta.text());
      case AnswerEvent.TextDelta delta -> content.append(delta.text());
      case AnswerEvent.Malformed text ->
          (text.inReasoning() ? reasoning : content).append(text.text());
      case AnswerEvent.ToolCallBroken call -> content.append(call.raw());
      case AnswerEvent.ToolCallEnd call ->
          calls.add(new ToolCall(callIds.apply(call.index()), call.name(), call.argumentsJson()));
      case AnswerEvent.ReasoningStart ignored -> {}
      case AnswerEvent.ReasoningEnd ignored -> {}
      case AnswerEvent.ToolCallStart ignored -> {}
      case AnswerEvent.ToolArgumentDelta ignored -> {}
    }
  }

  public String reasoning() {
    return reasoning.toString();
  }

  public String content() {
    return content.toString();
  }

  public List<ToolCall> toolCalls() {
    return List.copyOf(calls);
  }

  /** The answer so far as an assistant's message. */
  public Message message() {
    Message message = Message.assistant(content()).withToolCalls(calls);
    return reasoning.isEmpty() ? message : message.withReasoning(reasoning());
  }
}
