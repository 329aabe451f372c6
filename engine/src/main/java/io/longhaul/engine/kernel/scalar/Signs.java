package io.longhaul.engine.kernel.scalar;

/** The signs of eight weights that lie on a grid of magnitudes. */
final class Signs {
  private Signs() {}

  /**
   * Eight sign bits from seven stored ones: the number of negative weights is even, so the last
   * follows from the others.
   */
  static int ofSeven(int seven) {
    return seven | (Integer.bitCount(seven) & 1) << 7;
  }

  /** {@code magnitude}, negated where bit j of {@code signs} is set. */
  static float apply(float magnitude, int signs, int j) {
    return (signs >> j & 1) == 0 ? magnitude : -magnitude;
  }
}
