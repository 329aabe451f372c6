package io.longhaul.engine.text.template;

import java.time.Clock;
import java.time.DayOfWeek;
import java.time.ZonedDateTime;
import java.time.temporal.IsoFields;

/**
 * Python's {@code datetime.strftime} in the C locale, with the flags of glibc ({@code %-d}). By
 * hand, because loading the JDK's formatters takes longer than rendering a prompt.
 */
final class Strftime {
  private static final String[] DAYS = {
    "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"
  };
  private static final String[] MONTHS = {
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December"
  };

  private final ZonedDateTime time;
  private final TextBuilder out;

  private Strftime(ZonedDateTime time, TextBuilder out) {
    this.time = time;
    this.out = out;
  }

  /** The time now; it counts as the template's own text where the format does. */
  static Text format(Text format, Clock clock, Budget budget) {
    TextBuilder out = new TextBuilder(budget);
    new Strftime(ZonedDateTime.now(clock), out).run(format.value, format.isTemplate());
    return out.toText();
  }

  private void run(String format, boolean template) {
    for (int i = 0; i < format.length(); i++) {
      char c = format.charAt(i);
      if (c != '%' || i + 1 == format.length()) {
        out.append(c, template);
        continue;
      }
      char flag = format.charAt(++i);
      boolean flagged = "-_0^".indexOf(flag) >= 0 && i + 1 < format.length();
      char directive = flagged ? format.charAt(++i) : flag;
      String text = directive(directive, flagged ? flag : 0);
      if (text == null) {
        // As glibc does with what it does not know.
        text = format.substring(flagged ? i - 2 : i - 1, i + 1);
      }
      out.append(flag == '^' ? text.toUpperCase(java.util.Locale.ROOT) : text, template);
    }
  }

  private String directive(char directive, char flag) {
    int year = time.getYear();
    int day = time.getDayOfMonth();
    int hour = time.getHour();
    int weekday = time.getDayOfWeek().getValue();
    return switch (directive) {
      case 'Y' -> number(year, 1, flag, '0');
      case 'C' -> number(year / 100, 2, flag, '0');
      case 'y' -> number(year % 100, 2, flag, '0');
      case 'm' -> number(time.getMonthValue(), 2, flag, '0');
      case 'd' -> number(day, 2, flag, '0');
      case 'e' -> number(day, 2, flag, ' ');
      case 'H' -> number(hour, 2, flag, '0');
      case 'k' -> number(hour, 2, flag, ' ');
      case 'I' -> number((hour + 11) % 12 + 1, 2, flag, '0');
      case 'l' -> number((hour + 11) % 12 + 1, 2, flag, ' ');
      case 'M' -> number(time.getMinute(), 2, flag, '0');
      case 'S' -> number(time.getSecond(), 2, flag, '0');
      case 'f' -> number(time.getNano() / 1000, 6, (char) 0, '0');
      case 'j' -> number(time.getDayOfYear(), 3, flag, '0');
      case 'u' -> number(weekday, 1, flag, '0');
      case 'w' -> number(weekday % 7, 1, flag, '0');
      case 'U' -> number(week(DayOfWeek.SUNDAY), 2, flag, '0');
      case 'W' -> number(week(DayOfWeek.MONDAY), 2, flag, '0');
      case 'V' -> number(time.get(IsoFields.WEEK_OF_WEEK_BASED_YEAR), 2, flag, '0');
      case 'G' -> number(time.get(IsoFields.WEEK_BASED_YEAR), 1, flag, '0');
      case 'A' -> DAYS[weekday - 1];
      case 'a' -> DAYS[weekday - 1].substring(0, 3);
      case 'B' -> MONTHS[time.getMonthValue() - 1];
      case 'b', 'h' -> MONTHS[time.getMonthValue() - 1].substring(0, 3);
      case 'p' -> hour < 12 ? "AM" : "PM";
      case 'P' -> hour < 12 ? "am" : "pm";
      case 's' -> Long.toString(time.toEpochSecond());
      case 'n' -> "\n";
      case 't' -> "\t";
      case '%' -> "%";
      // Python's now() has no time zone, and prints none.
      case 'z', 'Z' -> "";
      case 'D', 'x' -> all("m/d/y");
      case 'F' -> all("Y-m-d");
      case 'T', 'X' -> all("H:M:S");
      case 'R' -> all("H:M");
      case 'r' -> all("I:M:S p");
      case 'c' -> all("a b e H:M:S Y");
      default -> null;
    };
  }

  /** A sequence of directives, each a letter, with what stands between them. */
  private String all(String directives) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < directives.length(); i++) {
      char c = directives.charAt(i);
      text.append(Character.isLetter(c) ? directive(c, (char) 0) : String.valueOf(c));
    }
    return text.toString();
  }

  private int week(DayOfWeek first) {
    int sinceFirst = Math.floorMod(time.getDayOfWeek().getValue() - first.getValue(), 7);
    return (time.getDayOfYear() + 6 - sinceFirst) / 7;
  }

  private static String number(int value, int width, char flag, char padding) {
    String digits = Integer.toString(value);
    if (flag == '-') {
      return digits;
    }
    char pad = flag == '_' ? ' ' : flag == '0' ? '0' : padding;
    return String.valueOf(pad).repeat(Math.max(0, width - digits.length())).concat(digits);
  }
}
