package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.machine.Assembler.Gp;
import io.longhaul.engine.kernel.machine.Assembler.Mem;
import io.longhaul.engine.kernel.machine.Assembler.Operand;
import io.longhaul.engine.kernel.machine.Assembler.Vec;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * exp of a vector of floats, to about two units in the last place: {@code exp(x) = 2^n · exp(r)}
 * with {@code n = round(x / ln 2)}, and exp(r) by the polynomial of Cephes' expf (Moshier 1992).
 *
 * <p>Below −87 the result fades to zero, above 88 it is infinite; what is no number stays so.
 *
 * <p>The constants take vectors 16 to 27 of AVX-512. AVX2 has too few for all: they take 5 to 13,
 * and what is left is read from the table whenever it is needed.
 */
final class ExponentialCode {
  /** Beyond these the result is 0 and infinite. */
  private static final float LEAST = -150;

  private static final float MOST = 150;
  private static final float LOG2_E = 1.442695f;
  private static final float LN2_HIGH = 0.6933594f;
  private static final float LN2_LOW = -2.1219444e-4f;

  /** The last ones are the polynomial's coefficients, of which the last counts twice. */
  private static final float[] CONSTANTS = {
    LEAST,
    MOST,
    LOG2_E,
    LN2_HIGH,
    LN2_LOW,
    1.9875691e-4f,
    1.3981999e-3f,
    8.333452e-3f,
    4.1665796e-2f,
    1.6666666e-1f,
    0.5f,
    1
  };

  private static final int FIRST_COEFFICIENT = 5;
  private static final int ONE = CONSTANTS.length - 1;

  /** Bits of a float below its exponent. */
  private static final int FRACTION_BITS = 23;

  private static final int TABLE_VECTOR_BYTES = InstructionSet.AVX2.vectorBytes();

  /** The constants, each as a vector of AVX2. */
  static final MemorySegment TABLE = writeTable();

  private final Assembler a;
  private final InstructionSet set;
  private final Operand[] constants = new Operand[CONSTANTS.length];

  /**
   * Loads the constants.
   *
   * @param table holds the address of {@link #table}, for as long as exponentials are emitted
   */
  ExponentialCode(Assembler a, InstructionSet set, Gp table) {
    this.a = a;
    this.set = set;
    int first = set == InstructionSet.AVX512 ? 16 : 5;
    int registers = set == InstructionSet.AVX512 ? CONSTANTS.length : 9;
    for (int i = 0; i < CONSTANTS.length; i++) {
      Mem at = Mem.of(table, i * TABLE_VECTOR_BYTES);
      if (i < registers) {
        Vec vec = set.vec(first + i);
        a.op(Simd.VBROADCASTSS, vec, at);
        constants[i] = vec;
      } else {
        constants[i] = at;
      }
    }
  }

  /** The address of {@link #TABLE}. */
  static long table() {
    return TABLE.address();
  }

  private static MemorySegment writeTable() {
    int lanes = InstructionSet.AVX2.lanes();
    MemorySegment table =
        Arena.global().allocate((long) CONSTANTS.length * TABLE_VECTOR_BYTES, TABLE_VECTOR_BYTES);
    for (int i = 0; i < CONSTANTS.length * lanes; i++) {
      table.setAtIndex(ValueLayout.JAVA_FLOAT, i, CONSTANTS[i / lanes]);
    }
    return table.asReadOnly();
  }

  /** Ones in all lanes. */
  void one(Vec to) {
    a.op(Simd.VMOVUPS, to, constants[ONE]);
  }

  /** {@code x = exp(x)}, with two registers to work in. */
  void emit(Vec x, Vec n, Vec p) {
    // Where one operand is no number, these take the second: what is none stays.
    a.op(Simd.VMAXPS, x, (Vec) constants[0], x);
    a.op(Simd.VMINPS, x, (Vec) constants[1], x);
    a.op(Simd.VMULPS, n, x, constants[2]);
    a.op(Simd.VRNDSCALEPS, n, n, 0);
    a.op(Simd.VFNMADD231PS, x, n, constants[3]);
    a.op(Simd.VFNMADD231PS, x, n, constants[4]);
    a.op(Simd.VMOVUPS, p, constants[FIRST_COEFFICIENT]);
    for (int i = FIRST_COEFFICIENT + 1; i <= ONE; i++) {
      a.op(Simd.VFMADD213PS, p, x, constants[i]);
    }
    a.op(Simd.VFMADD213PS, p, x, constants[ONE]);
    switch (set) {
      case AVX512 -> a.op(Simd.VSCALEFPS, x, p, n);
      case AVX2 -> scale(x, n, p);
    }
  }

  /**
   * {@code x = p · 2^n}, as the product with two powers of about half the exponent: either is a
   * float, whatever the result is, and the first product is exact.
   */
  private void scale(Vec x, Vec n, Vec p) {
    a.op(Simd.VCVTPS2DQ, n, n);
    a.vpsrad(x, n, 1);
    a.op(Simd.VPSUBD, n, n, x);
    for (Vec power : new Vec[] {x, n}) {
      // The bits of 1 are its exponent, to which this one is added.
      a.vpslld(power, power, FRACTION_BITS);
      a.op(Simd.VPADDD, power, power, constants[ONE]);
    }
    a.op(Simd.VMULPS, p, p, x);
    a.op(Simd.VMULPS, x, p, n);
  }
}
