package io.longhaul.engine.text;

/** The vocabulary's own part: one piece of text to tokens. Safe for use by several threads. */
interface TokenModel {
  Session open();

  /** The work space of one call; not safe for use by several threads. */
  interface Session {
    /** Appends the tokens of the well-formed text {@code text[from..to)}, which is not empty. */
    void encode(char[] text, int from, int to, TokenBuffer out);
  }
}
