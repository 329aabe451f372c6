package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.machine.Assembler.Encoding;
import io.longhaul.engine.kernel.machine.Assembler.Gp;
import io.longhaul.engine.kernel.machine.Assembler.Label;
import io.longhaul.engine.kernel.machine.Assembler.Mem;
import io.longhaul.engine.kernel.machine.Assembler.Vec;
import io.longhaul.engine.kernel.machine.InputShorts.Sums;
import java.util.function.Consumer;

/**
 * Code that brings floats into the forms of {@link InputShorts} and {@link InputBytes}, with AVX2.
 * A group with a value that is no number gets a scale that is none.
 */
final class InputAvx2Code {
  private static final int LANES = 8;
  private static final int VECTOR = 32;

  private static final int SWAPPED_PAIRS = 0b01_00_11_10;
  private static final int SWAPPED_NEIGHBOURS = 0b10_11_00_01;

  private static final Vec MOST = Vec.ymm(0);
  private static final Vec OTHER = Vec.ymm(1);
  private static final Vec INVERSE = Vec.ymm(2);
  private static final Vec FIRST = Vec.ymm(3);
  private static final Vec SECOND = Vec.ymm(4);
  private static final Vec HIGH = Vec.ymm(5);
  private static final Vec SUM = Vec.ymm(6);
  private static final Vec LEAST_DIGIT = Vec.ymm(7);
  private static final Vec MAGNITUDE = Vec.ymm(8);
  private static final Vec LEAST = Vec.ymm(9);
  private static final Vec LARGEST = Vec.ymm(10);
  private static final Vec RECIPROCAL = Vec.ymm(11);
  private static final Vec HALF = Vec.ymm(12);
  private static final Vec ONES_OF_BYTES = Vec.ymm(13);
  private static final Vec ONES = Vec.ymm(14);
  private static final Vec ZERO = Vec.ymm(15);

  private InputAvx2Code() {}

  static byte[] shorts(InputShorts form) {
    return groups(
        form,
        InputShorts.LARGEST,
        a -> {
          for (int block = 0; block < InputShorts.BLOCKS; block++) {
            shorts(a, form.sums(), form.offset(), block);
          }
        });
  }

  private static void shorts(Assembler a, Sums sums, int offset, int block) {
    int first = block * InputShorts.BLOCK_COLUMNS;
    Mem shorts = Mem.of(Gp.RDX, block * InputShorts.BLOCK_BYTES);
    scale(a, first, InputShorts.BLOCK_COLUMNS);
    for (int at = 0; at < InputShorts.BLOCK_COLUMNS; at += LANES) {
      eightShorts(a, FIRST, first + at);
      a.store(Simd.VMOVUPS_STORE, shorts.plus(at * Short.BYTES), FIRST.xmm());
    }
    Mem factors = Mem.of(Gp.RDX, InputShorts.FACTORS_AT + block * InputShorts.PAIR_BYTES);
    Mem offsets = Mem.of(Gp.RDX, InputShorts.OFFSETS_AT + block * InputShorts.PAIR_BYTES);
    a.store(Simd.VEXTRACTPS, factors, MOST.xmm(), 0);
    a.store(Simd.VEXTRACTPS, factors.plus(Float.BYTES), ZERO.xmm(), 0);
    a.store(Simd.VEXTRACTPS, offsets, ZERO.xmm(), 0);
    a.store(Simd.VEXTRACTPS, offsets.plus(Float.BYTES), ZERO.xmm(), 0);
    if (sums == Sums.NONE) {
      return;
    }
    a.op(Simd.VPMADDWD, SUM, ONES, shorts);
    a.op(Simd.VPMADDWD, OTHER, ONES, shorts.plus(InputShorts.SECOND_AT));
    a.op(Simd.VPADDD, SUM, SUM, OTHER);
    addHalves(a, SUM);
    addPairs(a, SUM);
    if (sums == Sums.OFFSET) {
      a.vpslld(SUM, SUM, Integer.numberOfTrailingZeros(offset));
      a.op(Simd.VPSUBD, SUM, ZERO, SUM);
      a.op(Simd.VCVTDQ2PS, SUM, SUM);
      a.store(Simd.VEXTRACTPS, offsets, SUM.xmm(), 0);
    } else {
      a.op(Simd.VCVTDQ2PS, SUM, SUM);
      a.op(Simd.VMULPS, SUM, SUM, MOST);
      a.store(Simd.VEXTRACTPS, factors.plus(Float.BYTES), SUM.xmm(), 0);
    }
  }

  /** Adds the upper half of eight ints to the lower one. */
  private static void addHalves(Assembler a, Vec ints) {
    a.store(Simd.VEXTRACTF32X4, OTHER.xmm(), ints, 1);
    a.op(Simd.VPADDD, ints.xmm(), ints.xmm(), OTHER.xmm());
  }

  /** Leaves the sum of each four ints in all four. */
  private static void addPairs(Assembler a, Vec ints) {
    for (int order : new int[] {SWAPPED_PAIRS, SWAPPED_NEIGHBOURS}) {
      a.op(Simd.VPSHUFD, OTHER, ints, order);
      a.op(Simd.VPADDD, ints, ints, OTHER);
    }
  }

  static byte[] bytes() {
    return groups(
        new InputBytes(),
        InputBytes.LARGEST,
        a -> {
          scale(a, 0, InputBytes.COLUMNS);
          a.store(Simd.VMOVUPS_STORE, Mem.of(Gp.RDX, InputBytes.SCALE_AT), MOST);
          for (int at = 0; at < InputBytes.COLUMNS; at += 2 * LANES) {
            digits(a, at);
          }
          for (int part = 0; part < 2; part++) {
            Mem minima = Mem.of(Gp.RDX, InputBytes.MINIMA_AT + part * VECTOR);
            a.store(Simd.VMOVUPS_STORE, minima, ZERO.xmm());
          }
          for (int block = 0; block < InputBytes.COLUMNS / VECTOR; block++) {
            sums(a, block);
          }
        });
  }

  private static byte[] groups(InputForm form, int largest, Consumer<Assembler> group) {
    Assembler a = new Assembler(Encoding.VEX);
    Constants.ints(a, Gp.RAX, MAGNITUDE, Integer.MAX_VALUE);
    Constants.ints(a, Gp.RAX, LEAST, Float.floatToRawIntBits(1e-30f));
    Constants.ints(a, Gp.RAX, LARGEST, Float.floatToRawIntBits(largest));
    Constants.ints(a, Gp.RAX, RECIPROCAL, Float.floatToRawIntBits(1f / largest));
    Constants.ints(a, Gp.RAX, HALF, 0x0080_0080);
    Constants.ints(a, Gp.RAX, LEAST_DIGIT, 0x8181_8181); // -127
    Constants.ints(a, Gp.RAX, ONES_OF_BYTES, 0x0101_0101);
    Constants.ints(a, Gp.RAX, ONES, 0x0001_0001);
    a.op(Simd.VPXORD, ZERO, ZERO, ZERO);
    Label next = a.label();
    group.accept(a);
    a.add(Gp.RDI, form.columns() * Float.BYTES);
    a.add(Gp.RDX, form.bytes());
    a.dec(Gp.RSI);
    a.jnz(next);
    a.vzeroupper();
    a.ret();
    return a.code();
  }

  /** Leaves the scale in all lanes of a register, and in another what brings values to steps. */
  private static void scale(Assembler a, int first, int columns) {
    // Magnitudes compare as ints do, and what is no number is greater than all.
    a.op(Simd.VPANDD, MOST, MAGNITUDE, Mem.of(Gp.RDI, first * Float.BYTES));
    for (int at = first + LANES; at < first + columns; at += LANES) {
      a.op(Simd.VPANDD, OTHER, MAGNITUDE, Mem.of(Gp.RDI, at * Float.BYTES));
      a.op(Simd.VPMAXSD, MOST, MOST, OTHER);
    }
    a.store(Simd.VEXTRACTF32X4, OTHER.xmm(), MOST, 1);
    a.op(Simd.VPMAXSD, MOST.xmm(), MOST.xmm(), OTHER.xmm());
    for (int order : new int[] {SWAPPED_PAIRS, SWAPPED_NEIGHBOURS}) {
      a.op(Simd.VPSHUFD, OTHER.xmm(), MOST.xmm(), order);
      a.op(Simd.VPMAXSD, MOST.xmm(), MOST.xmm(), OTHER.xmm());
    }
    a.op(Simd.VBROADCASTSS, MOST, MOST.xmm());
    a.op(Simd.VPMAXSD, MOST, MOST, LEAST);
    a.op(Simd.VDIVPS, INVERSE, LARGEST, MOST);
    a.op(Simd.VMULPS, MOST, MOST, RECIPROCAL);
  }

  /** Eight values as shorts, in the lower half of a register. */
  private static void eightShorts(Assembler a, Vec to, int column) {
    a.op(Simd.VMULPS, to, INVERSE, Mem.of(Gp.RDI, column * Float.BYTES));
    a.op(Simd.VCVTPS2DQ, to, to);
    a.store(Simd.VEXTRACTF32X4, OTHER.xmm(), to, 1);
    a.op(Simd.VPACKSSDW, to.xmm(), to.xmm(), OTHER.xmm());
  }

  /** The digits of sixteen values. */
  private static void digits(Assembler a, int column) {
    eightShorts(a, FIRST, column);
    eightShorts(a, SECOND, column + LANES);
    a.op(Simd.VPADDW, HIGH.xmm(), FIRST.xmm(), HALF.xmm());
    a.op(Simd.VPADDW, OTHER.xmm(), SECOND.xmm(), HALF.xmm());
    a.vpsraw(HIGH.xmm(), HIGH.xmm(), 8);
    a.vpsraw(OTHER.xmm(), OTHER.xmm(), 8);
    a.op(Simd.VPACKSSWB, HIGH.xmm(), HIGH.xmm(), OTHER.xmm());
    a.store(Simd.VMOVUPS_STORE, Mem.of(Gp.RDX, column), HIGH.xmm());
    for (Vec low : new Vec[] {FIRST.xmm(), SECOND.xmm()}) {
      a.vpsllw(low, low, 8);
      a.vpsraw(low, low, 8);
    }
    a.op(Simd.VPACKSSWB, FIRST.xmm(), FIRST.xmm(), SECOND.xmm());
    a.op(Simd.VPMAXSB, FIRST.xmm(), FIRST.xmm(), LEAST_DIGIT.xmm());
    a.store(Simd.VMOVUPS_STORE, Mem.of(Gp.RDX, InputBytes.LOW_AT + column), FIRST.xmm());
  }

  /** The sums of 32 columns and of their halves. */
  private static void sums(Assembler a, int block) {
    Vec low = FIRST;
    a.op(Simd.VPMADDUBSW, SUM, ONES_OF_BYTES, Mem.of(Gp.RDX, block * VECTOR));
    a.op(Simd.VPMADDUBSW, low, ONES_OF_BYTES, Mem.of(Gp.RDX, InputBytes.LOW_AT + block * VECTOR));
    a.op(Simd.VPMADDWD, SUM, ONES, SUM);
    a.op(Simd.VPMADDWD, low, ONES, low);
    a.vpslld(SUM, SUM, 8);
    a.op(Simd.VPADDD, SUM, SUM, low);
    addPairs(a, SUM);
    a.op(Simd.VPSUBD, SUM, ZERO, SUM);
    a.store(Simd.VEXTRACTF32X4, OTHER.xmm(), SUM, 1);
    a.op(Simd.VPADDD, SECOND.xmm(), SUM.xmm(), OTHER.xmm());
    a.op(Simd.VCVTDQ2PS, SECOND.xmm(), SECOND.xmm());
    int minimum = InputBytes.MINIMA_AT + InputBytes.minimumLane(block) * Float.BYTES;
    a.store(Simd.VEXTRACTPS, Mem.of(Gp.RDX, minimum), SECOND.xmm(), 0);
    a.vpslld(SUM, SUM, Integer.numberOfTrailingZeros(InputBytes.OFFSET));
    a.op(Simd.VCVTDQ2PS, SUM, SUM);
    a.store(Simd.VEXTRACTF32X4, OTHER.xmm(), SUM, 1);
    int offset = InputBytes.OFFSETS_AT + 2 * block * Float.BYTES;
    a.store(Simd.VEXTRACTPS, Mem.of(Gp.RDX, offset), SUM.xmm(), 0);
    a.store(Simd.VEXTRACTPS, Mem.of(Gp.RDX, offset + Float.BYTES), OTHER.xmm(), 0);
  }
}
