package io.longhaul.engine.kernel.machine.interpreter;

import java.util.Random;

/** What an instruction can name, and the flags. Whatever is not set yet holds rubbish. */
final class Registers {
  static final int RBX = 3;
  static final int RSP = 4;
  static final int RBP = 5;

  private static final int VECTORS = 32;
  private static final int MASKS = 8;

  final long[] general = new long[16];
  final Lanes[] vectors = new Lanes[VECTORS];

  /** Mask 0 stands for all lanes. */
  final long[] masks = new long[MASKS];

  boolean carry;
  boolean zero;
  boolean sign;
  boolean overflow;

  /** Whether the manual leaves the overflow flag open after the last operation. */
  boolean overflowIsOpen;

  /** Whether vectors were written beyond 128 bits, which makes older encodings slow. */
  boolean upperIsDirty;

  Registers(Random rubbish) {
    for (int i = 0; i < general.length; i++) {
      general[i] = rubbish.nextLong();
    }
    for (int i = 0; i < VECTORS; i++) {
      vectors[i] = new Lanes();
      rubbish.nextBytes(vectors[i].bytes());
    }
    for (int i = 0; i < MASKS; i++) {
      masks[i] = rubbish.nextLong();
    }
  }

  long address(Place.Address place) {
    long index =
        place.index() == Place.Address.NO_INDEX ? 0 : general[place.index()] * place.scale();
    return general[place.base()] + index + place.displacement();
  }

  /** The flags of {@code a − b}. */
  void compare(long a, long b) {
    long result = a - b;
    carry = Long.compareUnsigned(a, b) < 0;
    overflow = ((a ^ b) & (a ^ result)) < 0;
    result(result);
  }

  void add(long a, long b) {
    long result = a + b;
    carry = Long.compareUnsigned(result, a) < 0;
    overflow = ((a ^ result) & (b ^ result)) < 0;
    result(result);
  }

  /** Those of AND and OR. */
  void logic(long result) {
    carry = false;
    overflow = false;
    result(result);
  }

  /** Those of a shift by one bit at least, the last of which is {@code last}. */
  void shift(long result, boolean last) {
    carry = last;
    result(result);
    overflowIsOpen = true;
  }

  private void result(long result) {
    zero = result == 0;
    sign = result < 0;
    overflowIsOpen = false;
  }

  /** Whether a jump with a condition of the manual's numbering is taken. */
  boolean holds(int condition) {
    if (condition >= 0xC && overflowIsOpen) {
      throw new AssertionError("jumps by a flag that is undefined after a shift");
    }
    return switch (condition) {
      case 0x2 -> carry;
      case 0x4 -> zero;
      case 0x5 -> !zero;
      case 0xC -> sign != overflow;
      case 0xF -> !zero && sign == overflow;
      default -> throw new AssertionError("a condition that is not known: " + condition);
    };
  }
}
