package io.longhaul.cli;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jline.terminal.Size;
import org.jline.terminal.Terminal;
import org.jline.terminal.Terminal.Signal;
import org.jline.terminal.TerminalBuilder;

/** Someone at a terminal: types, reads what is printed, and presses Ctrl-C. */
final class TerminalDialog implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  final Terminal terminal;
  private final PipedOutputStream keyboard = new PipedOutputStream();
  private final ByteArrayOutputStream screen = new ByteArrayOutputStream();
  private int seen;

  TerminalDialog() throws IOException {
    terminal =
        TerminalBuilder.builder()
            .system(false)
            .streams(new PipedInputStream(keyboard), screen)
            .type("ansi")
            .encoding(StandardCharsets.UTF_8)
            .stdinEncoding(StandardCharsets.UTF_8) // else the locale's, whatever the one above
            .stdoutEncoding(StandardCharsets.UTF_8)
            .size(Size.of(80, 24))
            .build();
  }

  void type(String keys) throws IOException {
    keyboard.write(keys.getBytes(StandardCharsets.UTF_8));
    keyboard.flush();
  }

  void interrupt() {
    terminal.raise(Signal.INT);
  }

  /** Reads on until a text comes, and returns what was read. */
  String await(String text) throws InterruptedException {
    long limit = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      String all =
          screen.toString(StandardCharsets.UTF_8).replaceAll("\r|\u001b\\[[0-9;?]*[a-zA-Z]", "");
      int at = all.indexOf(text, seen);
      if (at >= 0) {
        String read = all.substring(seen, at + text.length());
        seen = at + text.length();
        return read;
      }
      if (System.nanoTime() > limit) {
        throw new AssertionError(
            "waited for '"
                + text
                + "' after:\n"
                + all
                + "\nRAW "
                + java.util.HexFormat.of().formatHex(screen.toByteArray()));
      }
      Thread.sleep(10);
    }
  }

  @Override
  public void close() throws IOException {
    terminal.close();
    keyboard.close();
  }
}
