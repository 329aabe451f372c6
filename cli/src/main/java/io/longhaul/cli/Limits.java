package io.longhaul.cli;

/** Checks numbers of the command line before any work begins; errors name the option. */
final class Limits {
  private Limits() {}

  static int atLeast(int least, String option, int value) {
    if (value < least) {
      throw new UsageException(option + " is " + value + ", but must be at least " + least);
    }
    return value;
  }

  static int between(int least, int most, String option, int value) {
    if (value < least || value > most) {
      throw new UsageException(
          option + " is " + value + ", but must be from " + least + " to " + most);
    }
    return value;
  }

  /** The same for a fraction; NaN is out of every range. */
  static double between(double least, double most, String option, double value) {
    if (!(value >= least && value <= most)) {
      throw new UsageException(
          option
              + " is "
              + plain(value)
              + ", but must be from "
              + plain(least)
              + " to "
              + plain(most));
    }
    return value;
  }

  static double atLeast(double least, String option, double value) {
    if (!(value >= least && Double.isFinite(value))) {
      throw new UsageException(
          option + " is " + plain(value) + ", but must be a number of at least " + plain(least));
    }
    return value;
  }

  static double positive(String option, double value) {
    if (!(value > 0 && Double.isFinite(value))) {
      throw new UsageException(option + " is " + plain(value) + ", but must be a number above 0");
    }
    return value;
  }

  static double finite(String option, double value) {
    if (!Double.isFinite(value)) {
      throw new UsageException(option + " is " + plain(value) + ", but must be a number");
    }
    return value;
  }

  private static String plain(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e15
        ? Long.toString((long) value)
        : Double.toString(value);
  }
}
