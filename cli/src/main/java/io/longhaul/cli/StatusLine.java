package io.longhaul.cli;

import java.io.PrintWriter;
import java.util.function.IntSupplier;

/** One line of a terminal that is rewritten in place, and erased before anything else is said. */
final class StatusLine {
  private final PrintWriter err;
  private final IntSupplier width;
  private int drawn;

  /**
   * @param width columns of the terminal, asked again for each line
   */
  StatusLine(PrintWriter err, IntSupplier width) {
    this.err = err;
    this.width = width;
  }

  void draw(String text) {
    String cut = text.substring(0, Math.min(text.length(), Math.max(0, width.getAsInt() - 1)));
    err.print("\r" + cut + " ".repeat(Math.max(0, drawn - cut.length())));
    err.flush();
    drawn = cut.length();
  }

  void erase() {
    if (drawn > 0) {
      err.print("\r" + " ".repeat(drawn) + "\r");
      err.flush();
      drawn = 0;
    }
  }
}
