package io.longhaul.engine.text;

import java.util.Arrays;

/** A text and its cuts: consecutive pieces, none empty, each of which the model sees alone. */
final class Pieces {
  char[] text;

  /** Where the first piece begins. */
  int start;

  /** The exclusive end of each piece. */
  int[] ends;

  int count;

  /** Whether the first piece begins where the text given to the tokenizer begins. */
  boolean atOrigin;

  Pieces(char[] text, int from, int to, boolean atOrigin) {
    this.text = text;
    this.start = from;
    this.ends = new int[] {to};
    this.count = to > from ? 1 : 0;
    this.atOrigin = atOrigin;
  }

  /** Collects the pieces that replace the present ones, over the same text or a new one. */
  static final class Builder {
    private int[] ends;
    private int count;
    private int reached;

    Builder(int start, int expected) {
      this.ends = new int[Math.max(16, expected)];
      this.reached = start;
    }

    /** Ends a piece; nothing happens if it is empty. */
    void end(int end) {
      if (end > reached) {
        if (count == ends.length) {
          ends = Arrays.copyOf(ends, count * 2);
        }
        ends[count++] = end;
        reached = end;
      }
    }

    void into(Pieces pieces) {
      pieces.ends = ends;
      pieces.count = count;
    }
  }

  /** A text under construction. */
  static final class Chars {
    char[] chars;
    int length;

    Chars(int expected) {
      chars = new char[Math.max(16, expected)];
    }

    void append(char c) {
      if (length == chars.length) {
        grow(1);
      }
      chars[length++] = c;
    }

    void append(char[] source, int from, int to) {
      if (length + to - from > chars.length) {
        grow(to - from);
      }
      System.arraycopy(source, from, chars, length, to - from);
      length += to - from;
    }

    private void grow(int more) {
      chars = Arrays.copyOf(chars, Math.max(Math.multiplyExact(chars.length, 2), length + more));
    }
  }
}
