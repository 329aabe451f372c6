package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.machine.Assembler.Mem;
import io.longhaul.engine.kernel.machine.Assembler.Vec;
import java.util.List;
import java.util.Optional;

/**
 * Q6_K for AVX2: two halves of 128 weights, each with the low bits of its four 32s in the low, then
 * the high halves of 64 bytes, and two top bits of each in 32 others; a scale for each 16 weights.
 */
final class Q6KAvx2Step implements DecodeAvx2Step {
  private static final int TOPS_AT = 128;
  private static final int SCALES_AT = 192;
  private static final int D_AT = 208;
  private static final int VECTOR_BYTES = 32;

  private static final Vec CODES = Vec.ymm(4);
  private static final Vec TOPS = Vec.ymm(5);
  private static final Vec FIRST_SCALE = Vec.ymm(6);
  private static final Vec LAST_SCALE = Vec.ymm(7);
  private static final Vec LOW_NIBBLES = Vec.ymm(9);
  private static final Vec TOP_BITS = Vec.ymm(10);
  private static final Vec ZERO_CODES = Vec.ymm(11);

  @Override
  public int columns() {
    return 256;
  }

  @Override
  public int bytes() {
    return 210;
  }

  @Override
  public void constants(Constants constants) {
    constants.bytes(LOW_NIBBLES, 0x0F);
    constants.bytes(TOP_BITS, 0x30);
    constants.bytes(ZERO_CODES, 32);
  }

  @Override
  public void emit(Assembler a, Mem block, Mem floats, Mem scratch) {
    ByteCodesAvx2.broadcastF16(a, LAST_SCALE, block.plus(D_AT));
    for (int i = 0; i < 2; i++) {
      Vec scales = Vec.ymm(i);
      a.op(Simd.VPMOVSXBD, scales, block.plus(SCALES_AT + 8 * i));
      a.op(Simd.VCVTDQ2PS, scales, scales);
      a.op(Simd.VMULPS, scales, scales, LAST_SCALE);
      a.store(Simd.VMOVUPS_STORE, scratch.plus(i * VECTOR_BYTES), scales);
    }
    for (int group = 0; group < 8; group++) {
      int half = group / 4;
      int bottoms = half * 2 * VECTOR_BYTES + group % 2 * VECTOR_BYTES;
      a.op(Simd.VMOVUPS, CODES, block.plus(bottoms));
      a.op(Simd.VMOVUPS, TOPS, block.plus(TOPS_AT + half * VECTOR_BYTES));
      // Bits 2 · (group % 4) and the next go to bit 4.
      switch (group % 4) {
        case 0 -> a.vpslld(TOPS, TOPS, 4);
        case 1 -> a.vpslld(TOPS, TOPS, 2);
        case 2 -> a.vpsrld(CODES, CODES, 4);
        default -> {
          a.vpsrld(TOPS, TOPS, 2);
          a.vpsrld(CODES, CODES, 4);
        }
      }
      a.op(Simd.VPANDD, CODES, CODES, LOW_NIBBLES);
      a.op(Simd.VPANDD, TOPS, TOPS, TOP_BITS);
      a.op(Simd.VPORD, CODES, CODES, TOPS);
      a.op(Simd.VPSUBB, CODES, CODES, ZERO_CODES);
      a.op(Simd.VBROADCASTSS, FIRST_SCALE, scratch.plus(2 * group * Float.BYTES));
      a.op(Simd.VBROADCASTSS, LAST_SCALE, scratch.plus((2 * group + 1) * Float.BYTES));
      new ByteCodesAvx2(List.of(FIRST_SCALE, LAST_SCALE), Optional.empty())
          .store(a, CODES, floats.plus(group * ByteCodesAvx2.COLUMNS * Float.BYTES));
    }
  }
}
