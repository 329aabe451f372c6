package io.longhaul.engine.kernel;

/** The values that the codes of the codebook types stand for (ggml-common.h). */
public final class Codebooks {
  private Codebooks() {}

  /** The 16 values of IQ4_NL and IQ4_XS. */
  public static byte[] iq4() {
    return new byte[] {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};
  }

  /** Twice the 16 values of e2m1, which are then integers: the codes of MXFP4. */
  public static byte[] twiceE2m1() {
    return new byte[] {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};
  }

  /**
   * Half of the e8m0 number 2<sup>code-127</sup>, for use with {@link #twiceE2m1}. Code 255, NaN in
   * the specification, is 2<sup>127</sup> here as in ggml.
   */
  public static float halfOfE8m0(int code) {
    // 2^-128 and 2^-127 are subnormal floats.
    return Float.intBitsToFloat(code < 2 ? 0x0020_0000 << code : (code - 1) << 23);
  }
}
