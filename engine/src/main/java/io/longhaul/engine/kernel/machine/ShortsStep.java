package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.machine.Assembler.Mem;
import io.longhaul.engine.kernel.machine.Assembler.Vec;
import io.longhaul.engine.kernel.machine.InputShorts.Sums;
import java.util.List;

/**
 * A step over some blocks of 32 columns, each with a scale, of one row, which meet {@link
 * InputShorts}, with AVX2. Scales are brought to floats and multiplied with the input's together.
 */
interface ShortsStep extends CodedStep {
  /** The first sixteen codes of a block, as shorts. */
  Vec FIRST = Vec.ymm(3);

  /** The last sixteen. */
  Vec SECOND = Vec.ymm(4);

  Vec SCALE = SECOND;

  /** A type's own, from one block to the next. */
  Vec FREE = Vec.ymm(5);

  /** Of blocks in turn: an addition does not wait for the one before it. */
  List<Vec> SUMS = List.of(Vec.ymm(0), Vec.ymm(1));

  /** Of what makes up for offsets and minima: in even lanes for those, in odd lanes for these. */
  Vec CORRECTIONS = Vec.ymm(2);

  /** The pairs of a group's first two blocks, and of its last two: in either half of a vector. */
  List<Vec> SCALES = List.of(Vec.ymm(6), Vec.ymm(7));

  int FIRST_LANES = 0b00_00_00_00;
  int THIRD_LANES = 0b10_10_10_10;
  int EVEN_LANES = 0b00_00_10_00;
  int ODD_LANES = 0b00_00_11_01;

  @Override
  InputShorts input();

  int blockBytes();

  /** Brings the codes of a block into {@link #FIRST} and {@link #SECOND}. */
  void unpack(Assembler a, Mem block);

  @Override
  default int bytes() {
    return InputShorts.BLOCKS * blockBytes();
  }

  @Override
  default int blocks() {
    return InputShorts.BLOCKS;
  }

  @Override
  default int rowsAtOnce() {
    return 1;
  }

  @Override
  default int accumulators() {
    return SUMS.size() + 1;
  }

  @Override
  default void emit(Assembler a, List<Mem> rows, Mem input, Mem scratch) {
    emitEnd(a, rows, input, scratch, InputShorts.BLOCKS);
  }

  @Override
  default void emitEnd(Assembler a, List<Mem> rows, Mem input, Mem scratch, int blocks) {
    Mem row = rows.getFirst();
    scales(a, row, blocks, input);
    for (int b = 0; b < blocks; b++) {
      Mem block = row.plus(b * blockBytes());
      Mem shorts = input.plus(b * InputShorts.BLOCK_BYTES);
      unpack(a, block);
      a.op(Simd.VPMADDWD, FIRST, FIRST, shorts);
      a.op(Simd.VPMADDWD, SECOND, SECOND, shorts.plus(InputShorts.SECOND_AT));
      a.op(Simd.VPADDD, FIRST, FIRST, SECOND);
      a.op(Simd.VCVTDQ2PS, FIRST, FIRST);
      scale(a, b, block, input);
      a.op(Simd.VFMADD231PS, SUMS.get(b % SUMS.size()), FIRST, SCALE);
    }
  }

  /**
   * Leaves the products of scales and the input's, and of minima and the input's sums, in {@link
   * #SCALES}, and adds up what they correct.
   */
  default void scales(Assembler a, Mem row, int blocks, Mem input) {
    // Four bytes of a block: an f16, and the minimum, another one; or what meets zeros.
    Vec pairs = FIRST;
    a.op(Simd.VMOVSS, pairs.xmm(), row);
    for (int b = 1; b < blocks; b++) {
      Mem pair = row.plus(b * blockBytes());
      a.op(Simd.VINSERTPS, pairs.xmm(), pairs.xmm(), pair, b << 4);
    }
    a.op(Simd.VCVTPH2PS, pairs, pairs.xmm());
    a.op(Simd.VMULPS, pairs, pairs, input.plus(InputShorts.FACTORS_AT));
    Vec firstTwo = SCALES.getFirst();
    Vec lastTwo = SCALES.getLast();
    a.op(Simd.VINSERTF32X4, firstTwo, pairs, pairs.xmm(), 1);
    a.store(Simd.VEXTRACTF32X4, lastTwo.xmm(), pairs, 1);
    a.op(Simd.VINSERTF32X4, lastTwo, lastTwo, lastTwo.xmm(), 1);
    switch (input().sums()) {
      case NONE -> {
        // Nothing is to be corrected.
      }
      case OFFSET -> a.op(Simd.VFMADD231PS, CORRECTIONS, pairs, input.plus(InputShorts.OFFSETS_AT));
      case SCALED -> a.op(Simd.VADDPS, CORRECTIONS, CORRECTIONS, pairs);
    }
  }

  /** Brings a block's scale times the input's into all lanes of {@link #SCALE}. */
  default void scale(Assembler a, int index, Mem block, Mem input) {
    a.op(Simd.VPSHUFD, SCALE, SCALES.get(index / 2), index % 2 == 0 ? FIRST_LANES : THIRD_LANES);
  }

  @Override
  default void finish(Assembler a) {
    Vec all = SUMS.getFirst();
    a.op(Simd.VADDPS, all, all, SUMS.getLast());
    if (input().sums() != Sums.NONE) {
      a.op(Simd.VPXORD, FIRST, FIRST, FIRST);
      int lanes = input().sums() == Sums.OFFSET ? EVEN_LANES : ODD_LANES;
      a.op(Simd.VSHUFPS, CORRECTIONS, CORRECTIONS, FIRST, lanes);
      a.op(Simd.VADDPS, all, all, CORRECTIONS);
    }
  }
}
