package io.longhaul.engine;

import java.util.Map;

/** How much a model reasons before it answers, where its template lets one choose. */
public enum Reasoning {
  /** As the model's template has it: GLM reasons with its greatest effort. */
  DEFAULT,
  /** With the greatest effort. */
  MAX,
  /** With less: sooner an answer. */
  HIGH,
  /** Not at all. */
  OFF;

  /**
   * What templates read: {@code enable_thinking} (GLM, Qwen) or {@code thinking} (DeepSeek), and
   * {@code reasoning_effort}.
   */
  Map<String, Object> variables() {
    return switch (this) {
      case DEFAULT -> Map.of();
      case MAX -> Map.of("enable_thinking", true, "thinking", true, "reasoning_effort", "max");
      case HIGH -> Map.of("enable_thinking", true, "thinking", true, "reasoning_effort", "high");
      case OFF -> Map.of("enable_thinking", false, "thinking", false);
    };
  }
}
