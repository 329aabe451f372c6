package io.longhaul.engine.file;

import io.longhaul.engine.ModelException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * Reads little-endian values one after the other, never beyond the end of its segment.
 *
 * <p>Bytes pass through a small window on the heap: a vocabulary is hundreds of thousands of short
 * reads, and plain array accesses are fast even before the JIT compiler has seen them.
 */
final class Cursor {
  private static final int WINDOW = 1 << 14;
  private static final char REPLACEMENT = '\uFFFD';

  private final String file;
  private final MemorySegment bytes;
  private final long size;
  private final HeaderBudget budget;
  private final byte[] window = new byte[WINDOW];
  private long windowStart;
  private int windowLength;
  private long position;
  private String field = "header";

  Cursor(String file, MemorySegment bytes, HeaderBudget budget) {
    this.file = file;
    this.bytes = bytes;
    this.size = bytes.byteSize();
    this.budget = budget;
  }

  /** Names the part of the file that is read from here on, for messages. */
  void enter(String newField) {
    field = newField;
  }

  /** Bytes from the start of the segment. */
  long position() {
    return position;
  }

  long remaining() {
    return size - position;
  }

  int u8(String what) {
    return window[advance(1, what)] & 0xff;
  }

  int u16(String what) {
    int at = advance(2, what);
    return (window[at] & 0xff) | (window[at + 1] & 0xff) << 8;
  }

  int i32(String what) {
    return i32(advance(4, what));
  }

  long u32(String what) {
    return i32(what) & 0xffff_ffffL;
  }

  long i64(String what) {
    int at = advance(8, what);
    return (i32(at) & 0xffff_ffffL) | (long) i32(at + 4) << 32;
  }

  private int i32(int at) {
    return (window[at] & 0xff)
        | (window[at + 1] & 0xff) << 8
        | (window[at + 2] & 0xff) << 16
        | window[at + 3] << 24;
  }

  /**
   * Reads an unsigned 64-bit count of items, each of at least so many bytes.
   *
   * @throws ModelException if the rest of the file cannot hold that many
   */
  long count(long leastBytesEach, String what) {
    long count = i64(what);
    long most = remaining() / leastBytesEach;
    if (count < 0 || count > most) {
      throw error(
          "%s is %s, but the %d bytes left hold at most %d; the file is cut short or damaged"
              .formatted(what, Long.toUnsignedString(count), remaining(), most));
    }
    return count;
  }

  /**
   * Reads a string: its length in 64 bits, then that many bytes of UTF-8.
   *
   * @throws ModelException if it goes beyond the end or is not UTF-8
   */
  String string(String what) {
    long length = count(1, what);
    // A string of the heap: two objects, their alignment, and two bytes a character at worst.
    reserve(2 * length + 56, 1, what);
    byte[] source = window;
    int start = 0;
    if (length <= WINDOW) {
      start = advance((int) length, what);
    } else {
      source = new byte[Math.toIntExact(length)];
      MemorySegment.copy(bytes, ValueLayout.JAVA_BYTE, position, source, 0, source.length);
      position += length;
    }
    String text = new String(source, start, (int) length, StandardCharsets.UTF_8);
    // Decoding puts U+FFFD for what is not UTF-8; the text may also contain it by right.
    if (text.indexOf(REPLACEMENT) >= 0) {
      requireUtf8(ByteBuffer.wrap(source, start, (int) length), what);
    }
    return text;
  }

  private void requireUtf8(ByteBuffer utf8, String what) {
    try {
      StandardCharsets.UTF_8.newDecoder().decode(utf8);
    } catch (CharacterCodingException e) {
      throw new ModelException(
          "%s: %s: %s before byte %d is not valid UTF-8".formatted(file, field, what, position), e);
    }
  }

  /** Takes heap from the model's budget for {@code count} objects that are about to be made. */
  void reserve(long count, long bytesEach, String what) {
    budget.take(file, count, bytesEach, () -> field + ": " + what);
  }

  /** An error about the part of the file that is being read. */
  ModelException error(String problem) {
    return new ModelException("%s: %s: %s".formatted(file, field, problem));
  }

  /**
   * Moves on by {@code count} bytes, at most {@link #WINDOW}; returns their place in the window.
   */
  private int advance(int count, String what) {
    if (count > remaining()) {
      throw error(
          "%s needs %d bytes at byte %d, but %d are left; the file is cut short"
              .formatted(what, count, position, remaining()));
    }
    if (position + count > windowStart + windowLength) {
      windowStart = position;
      windowLength = (int) Math.min(WINDOW, remaining());
      MemorySegment.copy(bytes, ValueLayout.JAVA_BYTE, position, window, 0, windowLength);
    }
    int at = (int) (position - windowStart);
    position += count;
    return at;
  }
}
