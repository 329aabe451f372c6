package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.machine.Assembler.Gp;
import io.longhaul.engine.kernel.machine.Assembler.Label;
import io.longhaul.engine.kernel.machine.Assembler.Mem;
import io.longhaul.engine.kernel.machine.Assembler.Vec;

/** What is done with a row of floats, sixteen at a time. Arguments by System V. */
final class RowCode {
  private static final int VECTOR_BYTES = 64;

  /** The tanh form of GELU: tanh's argument, times −2, is g · (linear + cubic · g²). */
  private static final float GELU_LINEAR = (float) (-2 * Math.sqrt(2 / Math.PI));

  private static final float GELU_CUBIC = GELU_LINEAR * 0.044715f;

  private RowCode() {}

  /** {@code x += delta}: rdi x, rsi delta, rdx vectors. */
  static byte[] add() {
    Assembler a = new Assembler();
    Vec x = new Vec(0);
    Label loop = a.label();
    a.op(Simd.VMOVUPS, x, Mem.of(Gp.RDI, 0));
    a.op(Simd.VADDPS, x, x, Mem.of(Gp.RSI, 0));
    a.store(Simd.VMOVUPS_STORE, Mem.of(Gp.RDI, 0), x);
    a.add(Gp.RSI, VECTOR_BYTES);
    next(a, Gp.RDI, Gp.RDX, loop);
    return end(a);
  }

  /**
   * Root mean square norm, {@code out = x / sqrt(mean(x²) + epsilon) · weight}: rdi x, rsi vectors,
   * rdx weight, rcx out, r8 the address of two floats: epsilon, and one divided by the count.
   */
  static byte[] rmsNorm() {
    Assembler a = new Assembler();
    Vec x = new Vec(0);
    Vec squares = new Vec(1);
    Vec other = new Vec(2);
    Vec one = new Vec(3);
    a.mov(Gp.RAX, Float.floatToRawIntBits(1));
    a.vpbroadcastd(one, Gp.RAX);
    a.op(Simd.VPXORD, squares, squares, squares);
    a.mov(Gp.R9, Gp.RDI);
    a.mov(Gp.R10, Gp.RSI);
    Label sum = a.label();
    a.op(Simd.VMOVUPS, x, Mem.of(Gp.R9, 0));
    a.op(Simd.VFMADD231PS, squares, x, x);
    next(a, Gp.R9, Gp.R10, sum);
    for (int lanes = 8; lanes > 0; lanes /= 2) {
      a.op(Simd.VALIGND, other, squares, squares, lanes);
      a.op(Simd.VADDPS, squares, squares, other);
    }
    a.op(Simd.VMULPS, squares, squares, Mem.of(Gp.R8, Float.BYTES).toAll());
    a.op(Simd.VADDPS, squares, squares, Mem.of(Gp.R8, 0).toAll());
    a.op(Simd.VSQRTPS, squares, squares);
    a.op(Simd.VDIVPS, squares, one, squares);
    Label scale = a.label();
    a.op(Simd.VMULPS, x, squares, Mem.of(Gp.RDI, 0));
    a.op(Simd.VMULPS, x, x, Mem.of(Gp.RDX, 0));
    a.store(Simd.VMOVUPS_STORE, Mem.of(Gp.RCX, 0), x);
    a.add(Gp.RDX, VECTOR_BYTES);
    a.add(Gp.RCX, VECTOR_BYTES);
    next(a, Gp.RDI, Gp.RSI, scale);
    return end(a);
  }

  /** {@code gate = gate / (1 + exp(−gate)) · up}: rdi gate, rsi up, rdx vectors. */
  static byte[] siluMultiply() {
    Assembler a = new Assembler();
    Vec zero = new Vec(15);
    a.op(Simd.VPXORD, zero, zero, zero);
    return gate(a, (g, exponent) -> a.op(Simd.VSUBPS, exponent, zero, g));
  }

  /** {@code gate = gelu(gate) · up}, by the tanh form: arguments as those of SiLU. */
  static byte[] geluMultiply() {
    Assembler a = new Assembler();
    Vec linear = new Vec(14);
    Vec cubic = new Vec(15);
    a.mov(Gp.RAX, Float.floatToRawIntBits(GELU_LINEAR));
    a.vpbroadcastd(linear, Gp.RAX);
    a.mov(Gp.RAX, Float.floatToRawIntBits(GELU_CUBIC));
    a.vpbroadcastd(cubic, Gp.RAX);
    return gate(
        a,
        (g, exponent) -> {
          a.op(Simd.VMULPS, exponent, g, g);
          a.op(Simd.VFMADD213PS, exponent, cubic, linear);
          a.op(Simd.VMULPS, exponent, exponent, g);
        });
  }

  /** Emits the exponent of a gate. */
  @FunctionalInterface
  private interface Exponent {
    void emit(Vec gate, Vec exponent);
  }

  private static byte[] gate(Assembler a, Exponent exponent) {
    Vec g = new Vec(0);
    Vec e = new Vec(1);
    Vec one = new Vec(2);
    ExponentialCode exponential = new ExponentialCode(a, 16);
    exponential.one(one);
    Label loop = a.label();
    a.op(Simd.VMOVUPS, g, Mem.of(Gp.RDI, 0));
    exponent.emit(g, e);
    exponential.emit(e, new Vec(3), new Vec(4));
    a.op(Simd.VADDPS, e, e, one);
    a.op(Simd.VDIVPS, g, g, e);
    a.op(Simd.VMULPS, g, g, Mem.of(Gp.RSI, 0));
    a.store(Simd.VMOVUPS_STORE, Mem.of(Gp.RDI, 0), g);
    a.add(Gp.RSI, VECTOR_BYTES);
    next(a, Gp.RDI, Gp.RDX, loop);
    return end(a);
  }

  private static void next(Assembler a, Gp address, Gp count, Label loop) {
    a.add(address, VECTOR_BYTES);
    a.dec(count);
    a.jnz(loop);
  }

  private static byte[] end(Assembler a) {
    a.vzeroupper();
    a.ret();
    return a.code();
  }
}
