package io.longhaul.engine.text.answer;

import io.longhaul.engine.text.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * How a model structures its answers, as the tokens of its vocabulary tell: with reasoning between
 * {@code <think>} and {@code </think>} or without, and with tool calls in one of two forms or
 * without. A marker is its token alone: text that spells one is text.
 */
public final class AnswerGrammar {
  /** How tool calls are written. */
  public enum Calls {
    /** There are none. */
    NONE,
    /** {@code <tool_call>{"name": …, "arguments": {…}}</tool_call>}: Hermes, Qwen. */
    JSON,
    /**
     * {@code <tool_call>name<arg_key>key</arg_key><arg_value>value</arg_value>…</tool_call>}: GLM.
     */
    KEYS_AND_VALUES
  }

  private final Tokenizer tokenizer;
  private final Map<Integer, Marker> markers;
  private final Calls calls;

  private AnswerGrammar(Tokenizer tokenizer, Map<Integer, Marker> markers, Calls calls) {
    this.tokenizer = tokenizer;
    this.markers = Map.copyOf(markers);
    this.calls = calls;
  }

  /** The grammar of a model with this tokenizer. */
  public static AnswerGrammar of(Tokenizer tokenizer) {
    Map<Integer, Marker> markers = new HashMap<>();
    addAll(markers, tokenizer, Marker.THINK, Marker.END_THINK);
    Calls calls = Calls.NONE;
    if (addAll(markers, tokenizer, Marker.TOOL_CALL, Marker.END_TOOL_CALL)) {
      boolean arguments =
          addAll(
              markers,
              tokenizer,
              Marker.ARG_KEY,
              Marker.END_ARG_KEY,
              Marker.ARG_VALUE,
              Marker.END_ARG_VALUE);
      calls = arguments ? Calls.KEYS_AND_VALUES : Calls.JSON;
    }
    return new AnswerGrammar(tokenizer, markers, calls);
  }

  /** Adds markers that make sense together only, if the vocabulary has all of them. */
  private static boolean addAll(
      Map<Integer, Marker> markers, Tokenizer tokenizer, Marker... together) {
    Map<Integer, Marker> found = new HashMap<>();
    for (Marker marker : together) {
      int[] tokens = tokenizer.encode(marker.text, true);
      if (tokens.length == 1
          && Arrays.equals(
              tokenizer.bytes(tokens[0]), marker.text.getBytes(StandardCharsets.UTF_8))) {
        found.put(tokens[0], marker);
      }
    }
    if (found.size() < together.length) {
      return false;
    }
    markers.putAll(found);
    return true;
  }

  /** How tool calls are written. */
  public Calls calls() {
    return calls;
  }

  /** Whether there is reasoning to tell from the text. */
  public boolean hasReasoning() {
    return markers.containsValue(Marker.THINK);
  }

  /**
   * Whether an answer to this prompt begins within reasoning: the prompt's last turn, up to its
   * end, opens it and does not close it.
   */
  public boolean beginsInReasoning(int[] prompt) {
    for (int i = prompt.length - 1; i >= 0; i--) {
      Marker marker = markers.get(prompt[i]);
      if (marker == Marker.THINK) {
        return true;
      }
      if (marker == Marker.END_THINK || (marker == null && tokenizer.isSpecial(prompt[i]))) {
        return false;
      }
    }
    return false;
  }

  Tokenizer tokenizer() {
    return tokenizer;
  }

  Optional<Marker> marker(int token) {
    return Optional.ofNullable(markers.get(token));
  }
}
