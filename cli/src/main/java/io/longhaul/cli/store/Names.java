package io.longhaul.cli.store;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/** The rule for names of models in the store, and the search for the name that was meant. */
final class Names {
  private static final Pattern VALID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,99}");

  private Names() {}

  /**
   * A name is one plain folder name: it cannot leave the store and cannot hide in it.
   *
   * @throws StoreException if it is not
   */
  static String check(String name) {
    if (!isValid(name)) {
      throw new StoreException(
          "\""
              + name
              + "\" cannot name a model: use up to 100 letters, digits, '.', '_' and '-', starting"
              + " with a letter or digit, without \"..\"");
    }
    return name;
  }

  static boolean isValid(String name) {
    return VALID.matcher(name).matches() && !name.contains("..") && !name.endsWith(".");
  }

  /** Whether the text is the name of a file in a folder, and no way out of it. */
  static boolean isFileName(String text) {
    return !text.isEmpty()
        && !text.equals(".")
        && !text.equals("..")
        && text.chars().noneMatch(c -> c == '/' || c == '\\' || c < 0x20);
  }

  /** A valid name as near as can be to the text of a source. */
  static String from(String text) {
    String plain =
        text.replaceAll("[^A-Za-z0-9._-]+", "-")
            .replaceAll("\\.{2,}", ".")
            .replaceAll("^[^A-Za-z0-9]+", "")
            .replaceAll("[.-]+$", "");
    String cut = plain.length() > 100 ? plain.substring(0, 100).replaceAll("\\.$", "") : plain;
    return cut.isEmpty() ? "model" : cut;
  }

  /** The known names that a mistyped one may have meant, nearest first, at most three. */
  static List<String> close(String name, Collection<String> known) {
    String wanted = name.toLowerCase(Locale.ROOT);
    int limit = Math.max(2, wanted.length() / 3);
    return known.stream()
        .distinct()
        .filter(
            k -> {
              String other = k.toLowerCase(Locale.ROOT);
              return distance(wanted, other) <= limit
                  || (wanted.length() >= 3 && other.startsWith(wanted));
            })
        .sorted(Comparator.comparingInt(k -> distance(wanted, k.toLowerCase(Locale.ROOT))))
        .limit(3)
        .toList();
  }

  /** Levenshtein's edit distance, over two rows of the table. */
  static int distance(String a, String b) {
    int[] above = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      above[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int[] row = new int[b.length() + 1];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int swap = above[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        row[j] = Math.min(swap, 1 + Math.min(above[j], row[j - 1]));
      }
      above = row;
    }
    return above[b.length()];
  }
}
