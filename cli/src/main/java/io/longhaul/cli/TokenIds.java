package io.longhaul.cli;

import java.util.Arrays;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Numbers separated by commas, as {@code 5,6,7}. */
final class TokenIds {
  private final int[] ids;

  private TokenIds(int[] ids) {
    this.ids = ids;
  }

  int[] ids() {
    return ids.clone();
  }

  /** Reads them from the command line. */
  static final class Converter implements ITypeConverter<TokenIds> {
    @Override
    public TokenIds convert(String value) {
      try {
        return new TokenIds(
            Arrays.stream(value.split(",", -1))
                .map(String::strip)
                .mapToInt(Integer::parseInt)
                .toArray());
      } catch (NumberFormatException e) {
        throw new TypeConversionException(
            "'" + value + "' is not a list of numbers separated by commas");
      }
    }
  }
}
