package io.longhaul.engine.kernel.machine;

import java.util.List;
import java.util.stream.IntStream;

/**
 * The form in which an input meets codes of weights in dot products of bytes: a group of columns
 * has one scale, and each of its values is {@code scale · (256 · high + low)}, two signed digits.
 * That keeps {@value #LARGEST} steps of the largest magnitude in a group.
 *
 * <p>In memory a group has vectors of 64 bytes: the high digits, the low ones, the sums and the
 * scale. Digits stand in the order in which a step of the weights has its codes.
 *
 * @param columns of a group: 128 or 256, or 64
 * @param quarters where in the group's digits sixteen columns after sixteen columns go
 * @param sums what is there to make up for codes that mean other numbers than their own
 * @param offset by how much codes are greater than the weights: a power of two
 */
record InputDigits(int columns, List<Integer> quarters, Sums sums, int offset)
    implements InputForm {
  /** Sums of columns; a lane is of the four columns whose digits are in it. */
  enum Sums {
    NONE,
    /** For each vector of digits, one of ints: minus the offset, times the sum. */
    OFFSET,
    /** One vector, for all vectors of digits together. */
    JOINT_OFFSET,
    /** One vector of floats for all vectors of digits together: scale times sum. */
    JOINT_SCALED,
    /** One vector of floats: lane 2i + 1 is minus the sum of columns 32 i to 32 i + 31. */
    NEGATED_OF_32
  }

  /** Steps of the largest magnitude: 256 · 127 + 127, so that both digits are signed bytes. */
  static final int LARGEST = 32_639;

  private static final int VECTOR = 64;
  private static final int QUARTER = 16;

  /** A first nibble for column j of a block of 32, the second for j + 16: four blocks. */
  private static final List<Integer> NIBBLES_OF_32 = List.of(0, 4, 1, 5, 2, 6, 3, 7);

  /** A first nibble for column j of 64, the second for j + 32: four times. */
  private static final List<Integer> NIBBLES_OF_64 =
      List.of(0, 1, 4, 5, 2, 3, 6, 7, 8, 9, 12, 13, 10, 11, 14, 15);

  /** For types whose blocks of 32 have their second nibbles for the second half. */
  static InputDigits nibblesOf32(Sums sums, int offset) {
    return new InputDigits(128, NIBBLES_OF_32, sums, offset);
  }

  /** For types whose blocks of 64 have their second nibbles for the second half. */
  static InputDigits nibblesOf64() {
    return new InputDigits(256, NIBBLES_OF_64, Sums.NEGATED_OF_32, 0);
  }

  /** Columns in their order. */
  static InputDigits inOrder(int columns, Sums sums, int offset) {
    List<Integer> quarters = IntStream.range(0, columns / QUARTER).boxed().toList();
    return new InputDigits(columns, quarters, sums, offset);
  }

  /** Vectors of high digits, and of low ones. */
  int vectors() {
    return columns / VECTOR;
  }

  /** Where the high digits of a vector are in the group. */
  int highAt(int vector) {
    return VECTOR * vector;
  }

  int lowAt(int vector) {
    return VECTOR * (vectors() + vector);
  }

  int sumsAt(int vector) {
    return VECTOR * (2 * vectors() + vector);
  }

  /** One float. */
  int scaleAt() {
    return VECTOR * 3 * vectors();
  }

  @Override
  public int bytes() {
    return VECTOR * (3 * vectors() + 1);
  }

  @Override
  public byte[] preparation() {
    return InputDigitsCode.of(this);
  }
}
