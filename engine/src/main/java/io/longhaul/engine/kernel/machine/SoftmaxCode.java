package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.machine.Assembler.Gp;
import io.longhaul.engine.kernel.machine.Assembler.Label;
import io.longhaul.engine.kernel.machine.Assembler.Mem;
import io.longhaul.engine.kernel.machine.Assembler.Vec;

/** Softmax of a row of scores. */
final class SoftmaxCode {
  private SoftmaxCode() {}

  /**
   * Softmax of a row in place: {@code x[i] = exp(scale · (x[i] − max x)) / Σ}; −∞ becomes 0.
   *
   * <p>Arguments (System V): rdi the row, rsi how many vectors, rdx the address of the scale, rcx
   * {@link ExponentialCode#table}.
   */
  static byte[] of(InstructionSet set) {
    Assembler a = set.assembler();
    Vec x = set.vec(0);
    Vec most = set.vec(1);
    Vec sum = set.vec(2);
    Vec other = set.vec(3);
    Vec scale = set.vec(4);
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

  private static void next(Assembler a, InstructionSet set, Gp address, Gp count, Label loop) {
    a.add(address, set.vectorBytes());
    a.dec(count);
    a.jnz(loop);
  }
}
