package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.machine.Assembler.Gp;
import io.longhaul.engine.kernel.machine.Assembler.Label;
import io.longhaul.engine.kernel.machine.Assembler.Mem;
import io.longhaul.engine.kernel.machine.Assembler.Vec;
import io.longhaul.engine.kernel.machine.InputDigits.Sums;

/**
 * Code that brings floats into the form of {@link InputDigits}. A group with a value that is no
 * number gets a scale that is none.
 *
 * <p>Arguments (System V): rdi the floats, rsi groups, rdx the digits.
 */
final class InputDigitsCode {
  private static final int LANES = 16;
  private static final int VECTOR = 64;

  private static final Vec MOST = new Vec(0);
  private static final Vec OTHER = new Vec(1);
  private static final Vec INVERSE = new Vec(2);
  private static final Vec VALUES = new Vec(3);
  private static final Vec SUM = new Vec(4);
  private static final Vec PART = new Vec(5);
  private static final Vec ALL = new Vec(6);
  private static final Vec MAGNITUDE = new Vec(16);
  private static final Vec LEAST = new Vec(17);
  private static final Vec LARGEST = new Vec(18);
  private static final Vec RECIPROCAL = new Vec(19);
  private static final Vec HALF = new Vec(20);
  private static final Vec ONES = new Vec(21);
  private static final Vec ZERO = new Vec(22);

  private InputDigitsCode() {}

  static byte[] of(InputDigits digits) {
    Assembler a = new Assembler();
    Constants.ints(a, Gp.RAX, MAGNITUDE, Integer.MAX_VALUE);
    Constants.ints(a, Gp.RAX, LEAST, Float.floatToRawIntBits(1e-30f));
    Constants.ints(a, Gp.RAX, LARGEST, Float.floatToRawIntBits(InputDigits.LARGEST));
    Constants.ints(a, Gp.RAX, RECIPROCAL, Float.floatToRawIntBits(1f / InputDigits.LARGEST));
    Constants.ints(a, Gp.RAX, HALF, 128);
    Constants.ints(a, Gp.RAX, ONES, 0x0101_0101);
    a.op(Simd.VPXORD, ZERO, ZERO, ZERO);
    Label group = a.label();
    scale(a, digits);
    for (int i = 0; i < digits.columns() / LANES; i++) {
      a.op(Simd.VMULPS, VALUES, INVERSE, Mem.of(Gp.RDI, i * LANES * Float.BYTES));
      a.op(Simd.VCVTPS2DQ, VALUES, VALUES);
      int at = digits.quarters().get(i) * LANES;
      a.store(Simd.VPMOVDB, Mem.of(Gp.RDX, digits.lowAt(0) + at), VALUES);
      a.op(Simd.VPADDD, VALUES, VALUES, HALF);
      a.vpsrad(VALUES, VALUES, 8);
      a.store(Simd.VPMOVDB, Mem.of(Gp.RDX, digits.highAt(0) + at), VALUES);
    }
    sums(a, digits);
    a.add(Gp.RDI, digits.columns() * Float.BYTES);
    a.add(Gp.RDX, digits.bytes());
    a.dec(Gp.RSI);
    a.jnz(group);
    a.vzeroupper();
    a.ret();
    return a.code();
  }

  /** Stores the scale, and leaves what brings values to digits in all lanes of a register. */
  private static void scale(Assembler a, InputDigits digits) {
    // Magnitudes compare as ints do, and what is no number is greater than all.
    a.op(Simd.VPANDD, MOST, MAGNITUDE, Mem.of(Gp.RDI, 0));
    for (int i = 1; i < digits.columns() / LANES; i++) {
      a.op(Simd.VPANDD, OTHER, MAGNITUDE, Mem.of(Gp.RDI, i * VECTOR));
      a.op(Simd.VPMAXSD, MOST, MOST, OTHER);
    }
    for (int lanes = 8; lanes > 0; lanes /= 2) {
      a.op(Simd.VALIGND, OTHER, MOST, MOST, lanes);
      a.op(Simd.VPMAXSD, MOST, MOST, OTHER);
    }
    a.op(Simd.VPMAXSD, MOST, MOST, LEAST);
    a.op(Simd.VDIVPS, INVERSE.xmm(), LARGEST.xmm(), MOST.xmm());
    a.op(Simd.VBROADCASTSS, INVERSE, INVERSE.xmm());
    a.op(Simd.VMULPS, MOST, MOST, RECIPROCAL);
    a.store(Simd.VEXTRACTPS, Mem.of(Gp.RDX, digits.scaleAt()), MOST.xmm(), 0);
  }

  private static void sums(Assembler a, InputDigits digits) {
    if (digits.sums() == Sums.NONE) {
      return;
    }
    for (int v = 0; v < digits.vectors(); v++) {
      sumOfFour(a, digits, v);
      switch (digits.sums()) {
        case OFFSET -> {
          offset(a, SUM, digits.offset());
          a.store(Simd.VMOVUPS_STORE, Mem.of(Gp.RDX, digits.sumsAt(v)), SUM);
        }
        case NEGATED_OF_32 -> storeSumsOf32(a, digits, v);
        default -> {
          if (v == 0) {
            a.op(Simd.VPORD, ALL, SUM, SUM);
          } else {
            a.op(Simd.VPADDD, ALL, ALL, SUM);
          }
        }
      }
    }
    switch (digits.sums()) {
      case JOINT_OFFSET -> {
        offset(a, ALL, digits.offset());
        a.store(Simd.VMOVUPS_STORE, Mem.of(Gp.RDX, digits.sumsAt(0)), ALL);
      }
      case JOINT_SCALED -> {
        a.op(Simd.VCVTDQ2PS, ALL, ALL);
        a.op(Simd.VMULPS, ALL, ALL, MOST);
        a.store(Simd.VMOVUPS_STORE, Mem.of(Gp.RDX, digits.sumsAt(0)), ALL);
      }
      default -> {}
    }
  }

  /** The sums of the columns in each lane of a vector of digits. */
  private static void sumOfFour(Assembler a, InputDigits digits, int vector) {
    a.op(Simd.VPORD, SUM, ZERO, ZERO);
    a.op(Simd.VPDPBUSD, SUM, ONES, Mem.of(Gp.RDX, digits.highAt(vector)));
    a.vpslld(SUM, SUM, 8);
    a.op(Simd.VPDPBUSD, SUM, ONES, Mem.of(Gp.RDX, digits.lowAt(vector)));
  }

  private static void offset(Assembler a, Vec sum, int offset) {
    a.vpslld(sum, sum, Integer.numberOfTrailingZeros(offset));
    a.op(Simd.VPSUBD, sum, ZERO, sum);
  }

  /** Eight lanes each are of the same 32 columns: which ones, {@link InputDigits} says. */
  private static void storeSumsOf32(Assembler a, InputDigits digits, int vector) {
    a.op(Simd.VSHUFF32X4, PART, SUM, SUM, 0b10_11_00_01);
    a.op(Simd.VPADDD, SUM, SUM, PART);
    a.op(Simd.VPSHUFD, PART, SUM, 0b01_00_11_10);
    a.op(Simd.VPADDD, SUM, SUM, PART);
    a.op(Simd.VPSHUFD, PART, SUM, 0b10_11_00_01);
    a.op(Simd.VPADDD, SUM, SUM, PART);
    a.op(Simd.VPSUBD, SUM, ZERO, SUM);
    a.op(Simd.VCVTDQ2PS, SUM, SUM);
    a.op(Simd.VALIGND, PART, SUM, SUM, LANES / 2);
    Vec[] halves = {SUM, PART};
    for (int half = 0; half < 2; half++) {
      int block = digits.quarters().indexOf(4 * vector + 2 * half) / 2;
      int at = digits.sumsAt(0) + 2 * block * Float.BYTES;
      a.store(Simd.VEXTRACTPS, Mem.of(Gp.RDX, at), ZERO.xmm(), 0);
      a.store(Simd.VEXTRACTPS, Mem.of(Gp.RDX, at + Float.BYTES), halves[half].xmm(), 0);
    }
  }
}
