package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.machine.Assembler.Gp;
import io.longhaul.engine.kernel.machine.Assembler.Label;
import io.longhaul.engine.kernel.machine.Assembler.Mem;
import io.longhaul.engine.kernel.machine.Assembler.Vec;

/** What is done with a row of floats, a vector at a time. Arguments by System V. */
final class RowCode {
  /** The tanh form of GELU: tanh's argument, times −2, is g · (linear + cubic · g²). */
  private static final float GELU_LINEAR = (float) (-2 * Math.sqrt(2 / Math.PI));

  private static final float GELU_CUBIC = GELU_LINEAR * 0.044715f;

  private RowCode() {}

  /** {@code x += delta}: rdi x, rsi delta, rdx vectors. */
  static byte[] add(InstructionSet set) {
    Assembler a = set.assembler();
    Vec x = set.vec(0);
    Label loop = a.label();
    a.op(Simd.VMOVUPS, x, Mem.of(Gp.RDI, 0));
    a.op(Simd.VADDPS, x, x, Mem.of(Gp.RSI, 0));
    a.store(Simd.VMOVUPS_STORE, Mem.of(Gp.RDI, 0), x);
    a.add(Gp.RSI, set.vectorBytes());
    next(a, set, Gp.RDI, Gp.RDX, loop);
    return end(a);
  }

  /**
   * Copies parts of rows: rdi the first, rsi bytes from one to the next, rdx where it goes, rcx
   * bytes from there to where the next one goes, r8 vectors of a part, r9 how many parts.
   */
  static byte[] copy(InstructionSet set) {
    Assembler a = set.assembler();
    Vec x = set.vec(0);
    int shift = Integer.numberOfTrailingZeros(set.vectorBytes());
    // What is left of the way to the next part behind the one that has been copied.
    a.mov(Gp.RAX, Gp.R8);
    a.shl(Gp.RAX, shift);
    a.sub(Gp.RSI, Gp.RAX);
    a.sub(Gp.RCX, Gp.RAX);
    Label parts = a.label();
    a.mov(Gp.RAX, Gp.R8);
    Label loop = a.label();
    a.op(Simd.VMOVUPS, x, Mem.of(Gp.RDI, 0));
    a.store(Simd.VMOVUPS_STORE, Mem.of(Gp.RDX, 0), x);
    a.add(Gp.RDX, set.vectorBytes());
    next(a, set, Gp.RDI, Gp.RAX, loop);
    a.add(Gp.RDI, Gp.RSI);
    a.add(Gp.RDX, Gp.RCX);
    a.dec(Gp.R9);
    a.jnz(parts);
    return end(a);
  }

  /**
   * Root mean square norm, {@code out = x / sqrt(mean(x²) + epsilon) · weight}: rdi x, rsi vectors,
   * rdx weight, rcx out, r8 the address of two floats: epsilon, and one divided by the count.
   */
  static byte[] rmsNorm(InstructionSet set) {
    Assembler a = set.assembler();
    Vec x = set.vec(0);
    Vec squares = set.vec(1);
    Vec other = set.vec(2);
    Vec one = set.vec(3);
    a.mov(Gp.RAX, Float.floatToRawIntBits(1));
    a.vpbroadcastd(one, Gp.RAX);
    a.op(Simd.VPXORD, squares, squares, squares);
    a.mov(Gp.R9, Gp.RDI);
    a.mov(Gp.R10, Gp.RSI);
    Label sum = a.label();
    a.op(Simd.VMOVUPS, x, Mem.of(Gp.R9, 0));
    a.op(Simd.VFMADD231PS, squares, x, x);
    next(a, set, Gp.R9, Gp.R10, sum);
    AcrossLanes.combine(a, set, Simd.VADDPS, squares, other);
    a.op(Simd.VBROADCASTSS, other, Mem.of(Gp.R8, Float.BYTES));
    a.op(Simd.VMULPS, squares, squares, other);
    a.op(Simd.VBROADCASTSS, other, Mem.of(Gp.R8, 0));
    a.op(Simd.VADDPS, squares, squares, other);
    a.op(Simd.VSQRTPS, squares, squares);
    a.op(Simd.VDIVPS, squares, one, squares);
    Label scale = a.label();
    a.op(Simd.VMULPS, x, squares, Mem.of(Gp.RDI, 0));
    a.op(Simd.VMULPS, x, x, Mem.of(Gp.RDX, 0));
    a.store(Simd.VMOVUPS_STORE, Mem.of(Gp.RCX, 0), x);
    a.add(Gp.RDX, set.vectorBytes());
    a.add(Gp.RCX, set.vectorBytes());
    next(a, set, Gp.RDI, Gp.RSI, scale);
    return end(a);
  }

  /**
   * {@code gate = gate / (1 + exp(−gate)) · up}: rdi gate, rsi up, rdx vectors, rcx {@link
   * ExponentialCode#table}.
   */
  static byte[] siluMultiply(InstructionSet set) {
    Assembler a = set.assembler();
    Vec zero = set.vec(15);
    a.op(Simd.VPXORD, zero, zero, zero);
    return gate(a, set, (g, exponent) -> a.op(Simd.VSUBPS, exponent, zero, g));
  }

  /** {@code gate = gelu(gate) · up}, by the tanh form: arguments as those of SiLU. */
  static byte[] geluMultiply(InstructionSet set) {
    Assembler a = set.assembler();
    Vec linear = set.vec(14);
    Vec cubic = set.vec(15);
    a.mov(Gp.RAX, Float.floatToRawIntBits(GELU_LINEAR));
    a.vpbroadcastd(linear, Gp.RAX);
    a.mov(Gp.RAX, Float.floatToRawIntBits(GELU_CUBIC));
    a.vpbroadcastd(cubic, Gp.RAX);
    return gate(
        a,
        set,
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

  private static byte[] gate(Assembler a, InstructionSet set, Exponent exponent) {
    Vec g = set.vec(0);
    Vec e = set.vec(1);
    Vec one = set.vec(2);
    ExponentialCode exponential = new ExponentialCode(a, set, Gp.RCX);
    exponential.one(one);
    Label loop = a.label();
    a.op(Simd.VMOVUPS, g, Mem.of(Gp.RDI, 0));
    exponent.emit(g, e);
    exponential.emit(e, set.vec(3), set.vec(4));
    a.op(Simd.VADDPS, e, e, one);
    a.op(Simd.VDIVPS, g, g, e);
    a.op(Simd.VMULPS, g, g, Mem.of(Gp.RSI, 0));
    a.store(Simd.VMOVUPS_STORE, Mem.of(Gp.RDI, 0), g);
    a.add(Gp.RSI, set.vectorBytes());
    next(a, set, Gp.RDI, Gp.RDX, loop);
    return end(a);
  }

  private static void next(Assembler a, InstructionSet set, Gp address, Gp count, Label loop) {
    a.add(address, set.vectorBytes());
    a.dec(count);
    a.jnz(loop);
  }

  private static byte[] end(Assembler a) {
    a.vzeroupper();
    a.ret();
    return a.code();
  }
}
