package io.longhaul.engine.kernel.machine.interpreter;

/** Instructions that move lanes and change none. */
final class Movements {
  /** Bytes of the quarters within which many instructions stay. */
  private static final int QUARTER = 16;

  private Movements() {}

  static void move(Semantics.Sources from, Lanes to) {
    to.copyBytes(from.b, 0, from.bytes);
  }

  static void store(Semantics.Sources from, Lanes to) {
    to.copyBytes(from.a, 0, from.bytes);
  }

  /** The first bytes of the source, again and again. */
  static Semantics broadcast(int laneBytes) {
    return (from, to) -> {
      for (int at = 0; at < from.bytes; at += laneBytes) {
        copy(from.b, 0, to, at, laneBytes);
      }
    };
  }

  /** So many bytes of memory, and zeros. */
  static Semantics loadLowest(int count) {
    return (from, to) -> {
      to.zero(0, QUARTER);
      copy(from.b, 0, to, 0, count);
    };
  }

  /** The lower half of the first source, and memory above it. */
  static void loadUpperHalf(Semantics.Sources from, Lanes to) {
    copy(from.a, 0, to, 0, QUARTER / 2);
    copy(from.b, 0, to, QUARTER / 2, QUARTER / 2);
  }

  /** The first source with a float of memory in one place, and zeros in some. */
  static void insertFloat(Semantics.Sources from, Lanes to) {
    for (int i = 0; i < 4; i++) {
      int value = i == (from.immediate >> 4 & 3) ? from.b.int32(0) : from.a.int32(i);
      to.setInt(i, (from.immediate >> i & 1) == 0 ? value : 0);
    }
  }

  /** In each quarter two floats of the first source and two of the second. */
  static void shuffleFloats(Semantics.Sources from, Lanes to) {
    for (int i = 0; i < from.lanes(4); i++) {
      Lanes source = i % 4 < 2 ? from.a : from.b;
      to.setInt(i, source.int32(i / 4 * 4 + ((from.immediate >> (2 * (i % 4))) & 3)));
    }
  }

  private static void copy(Lanes from, int at, Lanes to, int toAt, int count) {
    System.arraycopy(from.bytes(), at, to.bytes(), toAt, count);
  }

  /** Lanes of the second source, which the first one chooses. */
  static Semantics permute(int laneBytes) {
    return (from, to) -> {
      int lanes = from.lanes(laneBytes);
      for (int i = 0; i < lanes; i++) {
        int index = index(from.a, i, laneBytes) & (lanes - 1);
        copy(from.b, index * laneBytes, to, i * laneBytes, laneBytes);
      }
    };
  }

  /** Lanes of both sources, which the target's old value chooses. */
  static Semantics permuteBySelf(int laneBytes) {
    return (from, to) -> permuteTwo(from.old, from.a, from.b, laneBytes, from.bytes, to);
  }

  /** Lanes of the target's old value and the second source, which the first one chooses. */
  static Semantics permuteWithSelf(int laneBytes) {
    return (from, to) -> permuteTwo(from.a, from.old, from.b, laneBytes, from.bytes, to);
  }

  private static void permuteTwo(
      Lanes choice, Lanes first, Lanes second, int laneBytes, int bytes, Lanes to) {
    int lanes = bytes / laneBytes;
    for (int i = 0; i < lanes; i++) {
      int index = index(choice, i, laneBytes) & (2 * lanes - 1);
      Lanes table = index < lanes ? first : second;
      copy(table, index % lanes * laneBytes, to, i * laneBytes, laneBytes);
    }
  }

  private static int index(Lanes choice, int lane, int laneBytes) {
    return switch (laneBytes) {
      case 1 -> choice.unsignedByte(lane);
      case 2 -> choice.unsignedShort(lane);
      default -> choice.int32(lane);
    };
  }

  /** Bytes of the first source's quarter, or zeros, as the second one says. */
  static void shuffleBytes(Semantics.Sources from, Lanes to) {
    for (int i = 0; i < from.bytes; i++) {
      int choice = from.b.unsignedByte(i);
      int at = i / QUARTER * QUARTER + choice % QUARTER;
      to.setByte(i, choice >= 0x80 ? 0 : from.a.signedByte(at));
    }
  }

  /** Ints of a quarter, by two bits each. */
  static void shuffleInts(Semantics.Sources from, Lanes to) {
    for (int i = 0; i < from.lanes(4); i++) {
      to.setInt(i, from.b.int32(i / 4 * 4 + (from.immediate >>> (i % 4 * 2) & 3)));
    }
  }

  /** Quarters, first of the one source, then of the other. */
  static void shuffleQuarters(Semantics.Sources from, Lanes to) {
    int quarters = from.lanes(QUARTER);
    int bits = Integer.numberOfTrailingZeros(quarters);
    for (int i = 0; i < quarters; i++) {
      Lanes source = i < quarters / 2 ? from.a : from.b;
      int choice = from.immediate >>> (i * bits) & (quarters - 1);
      copy(source, choice * QUARTER, to, i * QUARTER, QUARTER);
    }
  }

  /** In each quarter, lanes of the two sources in turn, from its lower half or the upper one. */
  static Semantics interleave(int laneBytes, boolean upper) {
    return (from, to) -> {
      for (int i = 0; i < from.lanes(laneBytes); i++) {
        int at = i * laneBytes;
        int within = at % QUARTER / laneBytes / 2 * laneBytes;
        int source = at / QUARTER * QUARTER + within + (upper ? QUARTER / 2 : 0);
        copy(i % 2 == 0 ? from.a : from.b, source, to, at, laneBytes);
      }
    };
  }

  /** Ints of the second source from one on, then of the first. */
  static void align(Semantics.Sources from, Lanes to) {
    int lanes = from.lanes(4);
    int first = from.immediate & (lanes - 1);
    for (int i = 0; i < lanes; i++) {
      int lane = first + i;
      to.setInt(i, lane < lanes ? from.b.int32(lane) : from.a.int32(lane - lanes));
    }
  }

  /** The first source, a part of which is the second's first bytes. */
  static Semantics insert(int partBytes) {
    return (from, to) -> {
      to.copyBytes(from.a, 0, from.bytes);
      int part = from.immediate & (from.bytes / partBytes - 1);
      copy(from.b, 0, to, part * partBytes, partBytes);
    };
  }

  static Semantics extract(int partBytes) {
    return (from, to) -> {
      int part = from.immediate & (from.bytes / partBytes - 1);
      copy(from.a, part * partBytes, to, 0, partBytes);
    };
  }
}
