package io.longhaul.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Standard output in UTF-8, whatever the locale says. A {@link PrintWriter} swallows errors; this
 * remembers the first, so that a full disk is not taken for success.
 */
final class StandardOutput {
  private final Watched file;
  private final PrintWriter writer;

  StandardOutput() {
    this(new FileOutputStream(FileDescriptor.out));
  }

  StandardOutput(OutputStream out) {
    file = new Watched(out);
    writer = new PrintWriter(new OutputStreamWriter(file, StandardCharsets.UTF_8));
  }

  PrintWriter writer() {
    return writer;
  }

  /** Why not everything could be written; a reader that has gone away is no error. */
  Optional<String> failure() {
    writer.flush();
    return Optional.ofNullable(file.failure)
        .map(IOException::getMessage)
        .filter(message -> !message.contains("Broken pipe"));
  }

  private static final class Watched extends FilterOutputStream {
    private IOException failure;

    Watched(OutputStream out) {
      super(out);
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      try {
        out.write(bytes, offset, length);
      } catch (IOException e) {
        if (failure == null) {
          failure = e;
        }
        throw e;
      }
    }
  }
}
