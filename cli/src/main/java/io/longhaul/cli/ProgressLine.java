package io.longhaul.cli;

import io.longhaul.cli.store.Sizes;
import java.time.Duration;
import java.util.OptionalLong;

/**
 * The line that shows how far a download is: name, percentage, bar, bytes, speed, time left. On a
 * narrow terminal the bar goes first, then the speed, then the name.
 */
final class ProgressLine {
  private static final int MIN_BAR = 10;
  private static final int MAX_BAR = 40;

  private ProgressLine() {}

  /**
   * Formats the line, never longer than {@code width}.
   *
   * @param total bytes, if known
   * @param perSecond bytes per second, 0 while unknown
   */
  static String render(int width, String name, long done, OptionalLong total, double perSecond) {
    String amount = total.isPresent() ? percent(done, total.getAsLong()) + "  " : "";
    String bytes =
        Sizes.bytes(done) + (total.isPresent() ? " of " + Sizes.bytes(total.getAsLong()) : "");
    String speed = perSecond >= 1 ? "  " + Sizes.bytes((long) perSecond) + "/s" : "";
    String left = timeLeft(done, total, perSecond);
    String full = name + "  " + amount + bytes + speed + left;
    int room = width - full.length() - 4;
    if (total.isPresent() && room >= MIN_BAR) {
      int cells = Math.min(room, MAX_BAR);
      return name
          + "  "
          + amount
          + bar(cells, done, total.getAsLong())
          + "  "
          + bytes
          + speed
          + left;
    }
    for (String shorter :
        new String[] {
          full, name + "  " + amount + bytes + left, amount + bytes, amount.strip(), ""
        }) {
      if (shorter.length() <= width) {
        return shorter;
      }
    }
    return "";
  }

  private static String percent(long done, long total) {
    long percent = total == 0 ? 100 : (long) (100.0 * Math.min(done, total) / total);
    return "%3d%%".formatted(percent);
  }

  private static String bar(int cells, long done, long total) {
    int filled = total == 0 ? cells : (int) (cells * (double) Math.min(done, total) / total);
    return "[" + "#".repeat(filled) + ".".repeat(cells - filled) + "]";
  }

  private static String timeLeft(long done, OptionalLong total, double perSecond) {
    if (total.isEmpty() || perSecond < 1) {
      return "";
    }
    double seconds = Math.max(0, total.getAsLong() - done) / perSecond;
    return seconds > 99 * 3600
        ? ""
        : "  " + Sizes.time(Duration.ofSeconds((long) Math.ceil(seconds))) + " left";
  }
}
