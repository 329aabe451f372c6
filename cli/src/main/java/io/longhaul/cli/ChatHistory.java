package io.longhaul.cli;

import java.nio.file.Path;
import java.util.Map;

/** Where the lines typed into the chat are kept. */
final class ChatHistory {
  private ChatHistory() {}

  /** {@code chat-history} in {@code $LONGHAUL_HOME} or {@code $XDG_DATA_HOME/longhaul}. */
  static Path file() {
    return file(System.getenv(), System.getProperty("user.home"));
  }

  static Path file(Map<String, String> environment, String home) {
    String moved = environment.getOrDefault("LONGHAUL_HOME", "");
    if (!moved.isEmpty()) {
      return Path.of(moved, "chat-history");
    }
    String data = environment.getOrDefault("XDG_DATA_HOME", "");
    return (data.isEmpty() ? Path.of(home, ".local", "share") : Path.of(data))
        .resolve("longhaul")
        .resolve("chat-history");
  }
}
