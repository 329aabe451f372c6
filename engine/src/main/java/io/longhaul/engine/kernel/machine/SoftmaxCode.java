package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.machine.Assembler.Condition;
import io.longhaul.engine.kernel.machine.Assembler.Gp;
import io.longhaul.engine.kernel.machine.Assembler.Label;
import io.longhaul.engine.kernel.machine.Assembler.Mem;
import io.longhaul.engine.kernel.machine.Assembler.Vec;

/** Softmax of a row of scores. */
final class SoftmaxCode {
  private SoftmaxCode() {}

  /**
   * Softmax of a part of a row in place: {@code x[i] = exp(scale · (x[i] − max x)) / Σ}. What
   * surrounds the part becomes 0, as −∞ would.
   *
   * <p>Arguments (System V): rdi the row, rsi how many vectors, rdx the address of the scale, rcx
   * {@link ExponentialCode#table}, r8 the part's first float and r9 the one past its last.
   */
  static byte[] of(InstructionSet set) {
    Assembler a = set.assembler();
    Vec x = set.vec(0);
    Vec most = set.vec(1);
    Vec sum = set.vec(2);
    Vec other = set.vec(3);
    Vec scale = set.vec(4);
    a.lea(Gp.R10, Mem.of(Gp.RDI, Gp.R8, Float.BYTES, 0));
    a.mov(Gp.R11, Gp.RSI);
    a.shl(Gp.R11, Integer.numberOfTrailingZeros(set.vectorBytes()));
    a.add(Gp.R11, Gp.RDI);
    a.lea(Gp.R9, Mem.of(Gp.RDI, Gp.R9, Float.BYTES, 0));
    a.mov(Gp.R8, Gp.RDI);
    a.mov(Gp.RAX, Float.floatToRawIntBits(Float.NEGATIVE_INFINITY));
    fill(a, Gp.R8, Gp.R10, Gp.RAX);
    fill(a, Gp.R9, Gp.R11, Gp.RAX);
    ExponentialCode exponential = new ExponentialCode(a, set, Gp.RCX);
    a.op(Simd.VMOVUPS, most, Mem.of(Gp.RDI, 0));
    a.mov(Gp.RAX, Gp.RDI);
    a.mov(Gp.R8, Gp.RSI);
    Label maxima = a.label();
    a.op(Simd.VMAXPS, most, most, Mem.of(Gp.RAX, 0));
    next(a, set, Gp.RAX, Gp.R8, maxima);
    AcrossLanes.combine(a, set, Simd.VMAXPS, most, other);
    a.op(Simd.VBROADCASTSS, scale, Mem.of(Gp.RDX, 0));
    a.op(Simd.VPXORD, sum, sum, sum);
    a.mov(Gp.RAX, Gp.RDI);
    a.mov(Gp.R8, Gp.RSI);
    Label exponentials = a.label();
    a.op(Simd.VMOVUPS, x, Mem.of(Gp.RAX, 0));
    a.op(Simd.VSUBPS, x, x, most);
    a.op(Simd.VMULPS, x, x, scale);
    exponential.emit(x, other, set.vec(14));
    a.op(Simd.VADDPS, sum, sum, x);
    a.store(Simd.VMOVUPS_STORE, Mem.of(Gp.RAX, 0), x);
    next(a, set, Gp.RAX, Gp.R8, exponentials);
    AcrossLanes.combine(a, set, Simd.VADDPS, sum, other);
    exponential.one(scale);
    a.op(Simd.VDIVPS, scale, scale, sum);
    Label normalise = a.label();
    a.op(Simd.VMULPS, x, scale, Mem.of(Gp.RDI, 0));
    a.store(Simd.VMOVUPS_STORE, Mem.of(Gp.RDI, 0), x);
    next(a, set, Gp.RDI, Gp.RSI, normalise);
    a.vzeroupper();
    a.ret();
    return a.code();
  }

  /** Stores 32 bits from one address up to another. */
  private static void fill(Assembler a, Gp from, Gp to, Gp bits) {
    Label check = new Label();
    a.jump(check);
    Label loop = a.label();
    a.movInt(Mem.of(from, 0), bits);
    a.add(from, Float.BYTES);
    a.bind(check);
    a.cmp(from, to);
    a.jump(Condition.BELOW, loop);
  }

  private static void next(Assembler a, InstructionSet set, Gp address, Gp count, Label loop) {
    a.add(address, set.vectorBytes());
    a.dec(count);
    a.jnz(loop);
  }
}
