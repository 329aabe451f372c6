package io.longhaul.benchmarks.slice;

import java.math.BigDecimal;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Sizes as people write them: 4G and 653M are powers of ten, 4Gi is one of two. */
final class ByteSize {
  private static final Pattern FORM = Pattern.compile("(\\d+(?:\\.\\d+)?)([KMGT]I?)?B?");
  private static final Map<Character, Integer> POWERS = Map.of('K', 1, 'M', 2, 'G', 3, 'T', 4);

  private ByteSize() {}

  /**
   * The bytes of a size such as {@code 0.65G}.
   *
   * @throws IllegalArgumentException if it is none
   */
  static long parse(String text) {
    Matcher matcher = FORM.matcher(text.strip().toUpperCase(Locale.ROOT));
    if (!matcher.matches()) {
      throw new IllegalArgumentException("'" + text + "' is no size such as 653M, 4G or 12Gi");
    }
    String unit = matcher.group(2);
    BigDecimal factor =
        unit == null
            ? BigDecimal.ONE
            : BigDecimal.valueOf(unit.length() == 2 ? 1024 : 1000).pow(POWERS.get(unit.charAt(0)));
    return new BigDecimal(matcher.group(1)).multiply(factor).longValue();
  }
}
