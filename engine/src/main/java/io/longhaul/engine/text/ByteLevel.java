package io.longhaul.engine.text;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The alphabet of GPT-2's byte-level vocabularies: each byte is written as a printable character,
 * itself where it is one, else U+0100 and up in the order of the bytes.
 */
final class ByteLevel {
  /** The pattern that GPT-2 splits with, which is also the default of the step ByteLevel. */
  static final String GPT2_PATTERN =
      "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

  private static final char[] CHARS = new char[256];

  /** The byte of each character of the alphabet, or -1. */
  private static final short[] BYTES = new short[256 + 68];

  static {
    Arrays.fill(BYTES, (short) -1);
    int next = 256;
    for (int b = 0; b < 256; b++) {
      boolean printable = (b >= '!' && b <= '~') || (b >= 0xA1 && b <= 0xAC) || b >= 0xAE;
      CHARS[b] = (char) (printable ? b : next++);
      BYTES[CHARS[b]] = (short) b;
    }
  }

  private ByteLevel() {}

  /** The character that stands for a byte, 0 to 255. */
  static char toChar(int value) {
    return CHARS[value];
  }

  /** The token of a byte, 0 to 255, in vocabularies of text: {@code <0x0A>}. */
  static String fallback(int value) {
    String digits = "0123456789ABCDEF";
    return "<0x" + digits.charAt(value >> 4) + digits.charAt(value & 15) + ">";
  }

  /** The byte, 0 to 255, that a character of the alphabet stands for. */
  static int toByte(char c) {
    return BYTES[c];
  }

  /** Appends the bytes of the well-formed text, as characters of the alphabet. */
  static void encode(char[] text, int from, int to, Pieces.Chars out) {
    for (int i = from; i < to; i++) {
      char c = text[i];
      if (c < 0x80) {
        out.append(CHARS[c]);
      } else if (c < 0x800) {
        out.append(CHARS[0xC0 | c >> 6]);
        out.append(continuation(c));
      } else if (Character.isHighSurrogate(c) && i + 1 < to) {
        int codePoint = Character.toCodePoint(c, text[++i]);
        out.append(CHARS[0xF0 | codePoint >> 18]);
        out.append(continuation(codePoint >> 12));
        out.append(continuation(codePoint >> 6));
        out.append(continuation(codePoint));
      } else {
        out.append(CHARS[0xE0 | c >> 12]);
        out.append(continuation(c >> 6));
        out.append(continuation(c));
      }
    }
  }

  private static char continuation(int bits) {
    return CHARS[0x80 | (bits & 0x3F)];
  }

  /**
   * The bytes that a token of the alphabet stands for. A token with any other character stands for
   * its own UTF-8 form: such are tokens that were added to the vocabulary as text.
   */
  static byte[] decode(String token) {
    byte[] bytes = new byte[token.length()];
    for (int i = 0; i < bytes.length; i++) {
      char c = token.charAt(i);
      if (c >= BYTES.length || BYTES[c] < 0) {
        return token.getBytes(StandardCharsets.UTF_8);
      }
      bytes[i] = (byte) BYTES[c];
    }
    return bytes;
  }
}
