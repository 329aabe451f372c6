package io.longhaul.engine;

import java.util.Map;

/**
 * One message of a conversation.
 *
 * @param role as the model's template knows it: {@code system}, {@code user}, {@code assistant}
 */
public record Message(String role, String content) {
  public static Message system(String content) {
    return new Message("system", content);
  }

  public static Message user(String content) {
    return new Message("user", content);
  }

  public static Message assistant(String content) {
    return new Message("assistant", content);
  }

  /** The message as templates take it. */
  Map<String, Object> toVariable() {
    return Map.of("role", role, "content", content);
  }
}
