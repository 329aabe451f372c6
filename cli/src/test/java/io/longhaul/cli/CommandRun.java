package io.longhaul.cli;

import io.longhaul.engine.json.Json;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** What a command line, run in this JVM, returned and printed. */
record CommandRun(int exit, String out, String err) {
  /** Checkpoints that the engine's tests bring along, with what others compute for them. */
  private static final Path TINY =
      Path.of("../engine/src/test/resources/io/longhaul/engine/model/tiny");

  static Path tiny(String name) {
    return TINY.resolve(name);
  }

  static CommandRun of(Object... arguments) {
    return withInput("", arguments);
  }

  /** With a text on standard input. */
  static CommandRun withInput(String input, Object... arguments) {
    String[] line = List.of(arguments).stream().map(Object::toString).toArray(String[]::new);
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    InputStream before = System.in;
    System.setIn(new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)));
    try {
      int exit =
          Longhaul.execute(
              Longhaul.commandLine(line).setOut(new PrintWriter(out)).setErr(new PrintWriter(err)),
              line);
      return new CommandRun(exit, out.toString(), err.toString());
    } finally {
      System.setIn(before);
    }
  }

  /** The one line of JSON that was printed. */
  Map<String, Object> json() {
    if (exit != 0 || out.lines().count() != 1 || !out.endsWith("\n")) {
      throw new AssertionError("not one line of JSON: " + this);
    }
    return Json.readObject("output", out.getBytes(StandardCharsets.UTF_8));
  }
}
