package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.machine.Assembler.Gp;
import io.longhaul.engine.kernel.machine.Assembler.Vec;

/**
 * exp of sixteen floats, to about two units in the last place: {@code exp(x) = 2^n · exp(r)} with
 * {@code n = round(x / ln 2)}, and exp(r) by the polynomial of Cephes' expf (Moshier 1992).
 *
 * <p>Below −87 the result fades to zero, above 88 it is infinite; what is no number stays so.
 */
final class ExponentialCode {
  private static final float[] POLYNOMIAL = {
    1.9875691e-4f, 1.3981999e-3f, 8.333452e-3f, 4.1665796e-2f, 1.6666666e-1f, 0.5f, 1, 1
  };

  /** Beyond these the result is 0 and infinite. */
  private static final float LEAST = -150;

  private static final float MOST = 150;
  private static final float LOG2_E = 1.442695f;
  private static final float LN2_HIGH = 0.6933594f;
  private static final float LN2_LOW = -2.1219444e-4f;

  private final Assembler a;
  private final Vec[] coefficients = new Vec[POLYNOMIAL.length];
  private final Vec least;
  private final Vec most;
  private final Vec log2e;
  private final Vec ln2High;
  private final Vec ln2Low;

  /**
   * Loads the constants, by way of rax.
   *
   * @param first of the twelve registers that they take
   */
  ExponentialCode(Assembler a, int first) {
    this.a = a;
    int next = first;
    least = constant(next++, LEAST);
    most = constant(next++, MOST);
    log2e = constant(next++, LOG2_E);
    ln2High = constant(next++, LN2_HIGH);
    ln2Low = constant(next++, LN2_LOW);
    for (int i = 0; i + 1 < POLYNOMIAL.length; i++) {
      coefficients[i] = constant(next++, POLYNOMIAL[i]);
    }
    coefficients[POLYNOMIAL.length - 1] = coefficients[POLYNOMIAL.length - 2]; // both are 1
  }

  private Vec constant(int register, float value) {
    Vec vec = new Vec(register);
    a.mov(Gp.RAX, Float.floatToRawIntBits(value));
    a.vpbroadcastd(vec, Gp.RAX);
    return vec;
  }

  /** Ones in all lanes. */
  void one(Vec to) {
    a.op(Simd.VMOVUPS, to, coefficients[POLYNOMIAL.length - 1]);
  }

  /** {@code x = exp(x)}, with two registers to work in. */
  void emit(Vec x, Vec n, Vec p) {
    // Where one operand is no number, these take the second: what is none stays.
    a.op(Simd.VMAXPS, x, least, x);
    a.op(Simd.VMINPS, x, most, x);
    a.op(Simd.VMULPS, n, x, log2e);
    a.op(Simd.VRNDSCALEPS, n, n, 0);
    a.op(Simd.VFNMADD231PS, x, n, ln2High);
    a.op(Simd.VFNMADD231PS, x, n, ln2Low);
    a.op(Simd.VMOVUPS, p, coefficients[0]);
    for (int i = 1; i < coefficients.length; i++) {
      a.op(Simd.VFMADD213PS, p, x, coefficients[i]);
    }
    a.op(Simd.VSCALEFPS, x, p, n);
  }
}
