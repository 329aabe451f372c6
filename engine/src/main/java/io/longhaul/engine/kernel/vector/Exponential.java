package io.longhaul.engine.kernel.vector;

import static io.longhaul.engine.kernel.vector.VectorWidth.FLOATS;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * {@code e^x} on every lane, within 2 units in the last place.
 *
 * <p>Cody and Waite's reduction {@code x = n ln 2 + r}, |r| ≤ ln 2 / 2, then a polynomial for
 * {@code e^r} (the coefficients of Cephes' {@code expf}) and {@code 2^n} through the exponent bits.
 * Below the smallest normal float the result is 0, from 2.4e38 on (a little before floats end)
 * infinite.
 */
final class Exponential {
  private static final float LOG2_E = 1.442695f;
  private static final float LN2_HIGH = 0.6933594f;
  private static final float LN2_LOW = -2.1219444e-4f;
  private static final float SMALLEST = -87.33654f;
  private static final float LARGEST = 88.37626f;

  /** Adding 1.5 · 2^23 leaves the rounded integer in the low bits of the float. */
  private static final float ROUND = 0x1.8p23f;

  private Exponential() {}

  static FloatVector exp(FloatVector x) {
    FloatVector clamped = x.max(SMALLEST).min(LARGEST);
    FloatVector shifted =
        clamped.fma(FloatVector.broadcast(FLOATS, LOG2_E), FloatVector.broadcast(FLOATS, ROUND));
    FloatVector n = shifted.sub(ROUND);
    FloatVector r = n.fma(FloatVector.broadcast(FLOATS, -LN2_HIGH), clamped);
    r = n.fma(FloatVector.broadcast(FLOATS, -LN2_LOW), r);
    FloatVector p = FloatVector.broadcast(FLOATS, 1.9875691e-4f);
    p = p.fma(r, FloatVector.broadcast(FLOATS, 1.3981999e-3f));
    p = p.fma(r, FloatVector.broadcast(FLOATS, 8.333452e-3f));
    p = p.fma(r, FloatVector.broadcast(FLOATS, 4.1665796e-2f));
    p = p.fma(r, FloatVector.broadcast(FLOATS, 1.6666666e-1f));
    p = p.fma(r, FloatVector.broadcast(FLOATS, 0.5f));
    p = p.fma(r.mul(r), r).add(1f);
    FloatVector scaled =
        p.reinterpretAsInts()
            .add(shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23))
            .reinterpretAsFloats();
    return scaled
        .blend(0f, x.compare(VectorOperators.LT, SMALLEST))
        .blend(Float.POSITIVE_INFINITY, x.compare(VectorOperators.GT, LARGEST));
  }
}
