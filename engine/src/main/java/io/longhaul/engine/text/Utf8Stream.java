package io.longhaul.engine.text;

/**
 * Decodes UTF-8 byte by byte. Each maximal part of an invalid sequence becomes one U+FFFD, as the
 * Unicode standard recommends (section 3.9) and Rust's and Java's decoders do.
 */
final class Utf8Stream {
  private static final char REPLACEMENT = '\uFFFD';

  private int codePoint;
  private int missing;

  /** The bounds of the next continuation byte: narrower after E0, ED, F0 and F4. */
  private int lowest = 0x80;

  private int highest = 0xBF;

  void accept(byte value, StringBuilder out) {
    int b = value & 0xFF;
    if (missing > 0) {
      if (b >= lowest && b <= highest) {
        codePoint = codePoint << 6 | (b & 0x3F);
        lowest = 0x80;
        highest = 0xBF;
        if (--missing == 0) {
          out.appendCodePoint(codePoint);
        }
        return;
      }
      finish(out);
    }
    if (b < 0x80) {
      out.append((char) b);
    } else if (b >= 0xC2 && b <= 0xDF) {
      begin(b & 0x1F, 1);
    } else if (b >= 0xE0 && b <= 0xEF) {
      begin(b & 0xF, 2);
      lowest = b == 0xE0 ? 0xA0 : 0x80;
      highest = b == 0xED ? 0x9F : 0xBF;
    } else if (b >= 0xF0 && b <= 0xF4) {
      begin(b & 7, 3);
      lowest = b == 0xF0 ? 0x90 : 0x80;
      highest = b == 0xF4 ? 0x8F : 0xBF;
    } else {
      out.append(REPLACEMENT);
    }
  }

  private void begin(int bits, int continuations) {
    codePoint = bits;
    missing = continuations;
  }

  /** Ends the text: what is begun becomes U+FFFD. */
  void finish(StringBuilder out) {
    if (missing > 0) {
      out.append(REPLACEMENT);
    }
    missing = 0;
    lowest = 0x80;
    highest = 0xBF;
  }
}
