package io.longhaul.engine.text;

import java.util.BitSet;

/** Which characters of a text may spell a special token. */
final class Origin {
  /** All: the text is a prompt of its author's own making. */
  static final Origin TRUSTED = new Origin(true, null);

  /** None: a user or a tool wrote the text. */
  static final Origin UNTRUSTED = new Origin(false, null);

  private final boolean trusted;
  private final BitSet template;

  private Origin(boolean trusted, BitSet template) {
    this.trusted = trusted;
    this.template = template;
  }

  /** Those that the template wrote. */
  static Origin template(BitSet characters) {
    return new Origin(false, characters);
  }

  /** Whether some characters may and others may not. */
  boolean mixed() {
    return template != null;
  }

  /** Whether all of {@code [from..to)} may spell a special token. */
  boolean trusts(int from, int to) {
    return template == null ? trusted : template.nextClearBit(from) >= to;
  }
}
