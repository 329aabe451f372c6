package io.longhaul.cli.store;

/** A token that cannot be printed by accident: its {@code toString} is three asterisks. */
public final class Secret {
  private final String value;

  private Secret(String value) {
    this.value = value;
  }

  /**
   * Takes a token.
   *
   * @param variable where the token comes from, named by the error
   * @throws StoreException if the token holds anything that a header cannot carry
   */
  static Secret of(String variable, String value) {
    String token = value.strip();
    if (!token.chars().allMatch(c -> c > 0x20 && c < 0x7f)) {
      throw new StoreException(
          variable + " holds a space or a character that a token cannot have; set it again");
    }
    return new Secret(token);
  }

  String bearer() {
    return "Bearer " + value;
  }

  @Override
  public String toString() {
    return "***";
  }
}
