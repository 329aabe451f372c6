package io.longhaul.engine.kernel.machine.interpreter;

import java.util.function.IntBinaryOperator;

/** Arithmetic of lanes that are bytes, shorts or ints. */
final class IntSemantics {
  private IntSemantics() {}

  static Semantics ints(IntBinaryOperator f) {
    return (from, to) -> {
      for (int i = 0; i < from.lanes(4); i++) {
        to.setInt(i, f.applyAsInt(from.a.int32(i), from.b.int32(i)));
      }
    };
  }

  static Semantics shorts(IntBinaryOperator f) {
    return (from, to) -> {
      for (int i = 0; i < from.lanes(2); i++) {
        to.setShort(i, f.applyAsInt(from.a.unsignedShort(i), from.b.unsignedShort(i)));
      }
    };
  }

  static Semantics bytes(IntBinaryOperator f) {
    return (from, to) -> {
      for (int i = 0; i < from.lanes(1); i++) {
        to.setByte(i, f.applyAsInt(from.a.unsignedByte(i), from.b.unsignedByte(i)));
      }
    };
  }

  /** Of each int and the immediate. */
  static Semantics intsByImmediate(IntBinaryOperator f) {
    return (from, to) -> {
      for (int i = 0; i < from.lanes(4); i++) {
        to.setInt(i, f.applyAsInt(from.b.int32(i), from.immediate));
      }
    };
  }

  static Semantics shortsByImmediate(IntBinaryOperator f) {
    return (from, to) -> {
      for (int i = 0; i < from.lanes(2); i++) {
        to.setShort(i, f.applyAsInt(from.b.unsignedShort(i), from.immediate));
      }
    };
  }

  // Counts are unsigned; those that leave nothing of a lane do so.

  static int shiftLeft(int value, int count) {
    return Integer.compareUnsigned(count, 31) > 0 ? 0 : value << count;
  }

  static int shiftRight(int value, int count) {
    return Integer.compareUnsigned(count, 31) > 0 ? 0 : value >>> count;
  }

  static int shiftRightSigned(int value, int count) {
    return value >> (Integer.compareUnsigned(count, 31) > 0 ? 31 : count);
  }

  static int shiftShortLeft(int value, int count) {
    return count > 15 ? 0 : value << count;
  }

  static int shiftShortRight(int value, int count) {
    return count > 15 ? 0 : value >>> count;
  }

  static int shiftShortRightSigned(int value, int count) {
    return (short) value >> Math.min(count, 15);
  }

  private static int saturated(int value, int bits) {
    int most = (1 << (bits - 1)) - 1;
    return Math.clamp(value, -most - 1, most);
  }

  /** Pairs of unsigned times signed bytes, to shorts that saturate. */
  static void multiplyBytesToShorts(Semantics.Sources from, Lanes to) {
    for (int i = 0; i < from.lanes(2); i++) {
      int sum = 0;
      for (int j = 2 * i; j < 2 * i + 2; j++) {
        sum += from.a.unsignedByte(j) * from.b.signedByte(j);
      }
      to.setShort(i, saturated(sum, Short.SIZE));
    }
  }

  /** Pairs of signed shorts. */
  static void multiplyShorts(Semantics.Sources from, Lanes to) {
    for (int i = 0; i < from.lanes(4); i++) {
      to.setInt(i, dotOfShorts(from, i));
    }
  }

  static void addDotsOfShorts(Semantics.Sources from, Lanes to) {
    for (int i = 0; i < from.lanes(4); i++) {
      to.setInt(i, from.old.int32(i) + dotOfShorts(from, i));
    }
  }

  private static int dotOfShorts(Semantics.Sources from, int i) {
    int sum = 0;
    for (int j = 2 * i; j < 2 * i + 2; j++) {
      sum += from.a.signedShort(j) * from.b.signedShort(j);
    }
    return sum;
  }

  /** Fours of unsigned times signed bytes; no sum saturates. */
  static void addDotsOfBytes(Semantics.Sources from, Lanes to) {
    for (int i = 0; i < from.lanes(4); i++) {
      int sum = from.old.int32(i);
      for (int j = 4 * i; j < 4 * i + 4; j++) {
        sum += from.a.unsignedByte(j) * from.b.signedByte(j);
      }
      to.setInt(i, sum);
    }
  }

  /** Bit by bit, what the immediate has at the number that three bits make up. */
  static void ternaryLogic(Semantics.Sources from, Lanes to) {
    for (int i = 0; i < from.lanes(4); i++) {
      int old = from.old.int32(i);
      int a = from.a.int32(i);
      int b = from.b.int32(i);
      int result = 0;
      for (int minterm = 0; minterm < 8; minterm++) {
        if ((from.immediate >>> minterm & 1) != 0) {
          result |=
              ((minterm & 4) != 0 ? old : ~old)
                  & ((minterm & 2) != 0 ? a : ~a)
                  & ((minterm & 1) != 0 ? b : ~b);
        }
      }
      to.setInt(i, result);
    }
  }

  /** Each byte is eight bits of the long that it belongs to, from a bit on that it names. */
  static void multiShift(Semantics.Sources from, Lanes to) {
    for (int i = 0; i < from.lanes(1); i++) {
      to.setByte(i, (int) Long.rotateRight(from.b.int64(i / 8), from.a.unsignedByte(i) & 63));
    }
  }

  /** A bit for each byte, in the first long. */
  static void testBytes(Semantics.Sources from, Lanes to) {
    long bits = 0;
    for (int i = 0; i < from.lanes(1); i++) {
      if ((from.a.unsignedByte(i) & from.b.unsignedByte(i)) != 0) {
        bits |= 1L << i;
      }
    }
    to.setLong(0, bits);
  }

  // Narrower and wider lanes

  static void signedBytesToShorts(Semantics.Sources from, Lanes to) {
    for (int i = 0; i < from.lanes(2); i++) {
      to.setShort(i, from.b.signedByte(i));
    }
  }

  static void signedBytesToInts(Semantics.Sources from, Lanes to) {
    for (int i = 0; i < from.lanes(4); i++) {
      to.setInt(i, from.b.signedByte(i));
    }
  }

  static void signedShortsToInts(Semantics.Sources from, Lanes to) {
    for (int i = 0; i < from.lanes(4); i++) {
      to.setInt(i, from.b.signedShort(i));
    }
  }

  static void unsignedBytesToShorts(Semantics.Sources from, Lanes to) {
    for (int i = 0; i < from.lanes(2); i++) {
      to.setShort(i, from.b.unsignedByte(i));
    }
  }

  static void unsignedBytesToInts(Semantics.Sources from, Lanes to) {
    for (int i = 0; i < from.lanes(4); i++) {
      to.setInt(i, from.b.unsignedByte(i));
    }
  }

  static void unsignedShortsToInts(Semantics.Sources from, Lanes to) {
    for (int i = 0; i < from.lanes(4); i++) {
      to.setInt(i, from.b.unsignedShort(i));
    }
  }

  static void intsToShorts(Semantics.Sources from, Lanes to) {
    for (int i = 0; i < from.lanes(4); i++) {
      to.setShort(i, from.a.int32(i));
    }
  }

  static void intsToShortsSaturated(Semantics.Sources from, Lanes to) {
    for (int i = 0; i < from.lanes(4); i++) {
      to.setShort(i, saturated(from.a.int32(i), Short.SIZE));
    }
  }

  static void intsToBytes(Semantics.Sources from, Lanes to) {
    for (int i = 0; i < from.lanes(4); i++) {
      to.setByte(i, from.a.int32(i));
    }
  }

  /** In each quarter of 16 bytes, first those of the first source. */
  static void packInts(Semantics.Sources from, Lanes to) {
    for (int i = 0; i < from.lanes(2); i++) {
      Lanes source = i % 8 < 4 ? from.a : from.b;
      to.setShort(i, saturated(source.int32(i / 8 * 4 + i % 4), Short.SIZE));
    }
  }

  /** As {@link #packInts}. */
  static void packShorts(Semantics.Sources from, Lanes to) {
    for (int i = 0; i < from.lanes(1); i++) {
      Lanes source = i % 16 < 8 ? from.a : from.b;
      to.setByte(i, saturated(source.signedShort(i / 16 * 8 + i % 8), Byte.SIZE));
    }
  }
}
