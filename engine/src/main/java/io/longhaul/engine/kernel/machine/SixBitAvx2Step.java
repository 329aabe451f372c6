package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.machine.Assembler.Mem;
import io.longhaul.engine.kernel.machine.Assembler.Vec;
import io.longhaul.engine.kernel.machine.ByteCodesAvx2.Offset;
import java.util.List;
import java.util.Optional;

/**
 * Q4_K and Q5_K for AVX2: d, dmin and eight scales and minima of six bits; then, in Q5_K, 32 bytes
 * whose bit g is the fifth one of group g; then the codes of pairs of groups in the low and the
 * high halves of 32 bytes.
 *
 * @param fifths whether it is Q5_K
 */
record SixBitAvx2Step(boolean fifths) implements DecodeAvx2Step {
  private static final int PACKED_AT = 4;
  private static final int FIFTHS_AT = 16;
  private static final int PAIRS = 4;
  private static final int PAIR_BYTES = 32;
  private static final int GROUP_BYTES = ByteCodesAvx2.COLUMNS * Float.BYTES;

  private static final Vec CODES = Vec.ymm(4);
  private static final Vec TOPS = Vec.ymm(5);
  private static final Vec SCALE = Vec.ymm(6);
  private static final Vec MINIMUM = Vec.ymm(7);

  private static final Vec LOW_NIBBLES = Vec.ymm(9);

  /** At this place the fifth bit of a code is. */
  private static final Vec FIFTH_BITS = Vec.ymm(10);

  // Bytes 0 to 7 are of the groups' scales, the next ones of their minima.

  /** Which byte a number or its low part is in. */
  private static final Vec PLACES = Vec.ymm(11);

  /** Which byte its upper bits are in; none where it has them with the others. */
  private static final Vec TOP_PLACES = Vec.ymm(12);

  /** By how much four numbers are shifted. */
  private static final Vec SHIFTS = Vec.ymm(13);

  private static final Vec BITS = Vec.ymm(14);
  private static final Vec TOP_BITS = Vec.ymm(15);

  /** For VPSHUFB: a zero. */
  private static final int NONE = 0x80;

  /** For VPSHUFD: the upper half in both halves. */
  private static final int UPPER_HALF = 0xEE;

  @Override
  public int columns() {
    return 2 * PAIRS * ByteCodesAvx2.COLUMNS;
  }

  @Override
  public int bytes() {
    return codesAt() + PAIRS * PAIR_BYTES;
  }

  private int codesAt() {
    return FIFTHS_AT + (fifths ? PAIR_BYTES : 0);
  }

  @Override
  public void constants(Constants constants) {
    constants.bytes(LOW_NIBBLES, 0x0F);
    constants.bytes(FIFTH_BITS, 0x10);
    constants.bytes(TOP_BITS, 0x30);
    // Groups 0 to 3 have a byte each, of which the others take the upper two bits.
    constants.quarters(PLACES, i -> isSplit(i) ? 4 + i % 8 : byteOf(i));
    constants.quarters(TOP_PLACES, i -> isSplit(i) ? byteOf(i - 4) : NONE);
    constants.quarters(BITS, i -> isSplit(i) ? 0x0F : 0x3F);
    constants.ints(SHIFTS, four -> four == 3 ? 4 : 0);
  }

  private static boolean isSplit(int place) {
    return place % 8 >= 4;
  }

  /** Of a group from 0 to 3. */
  private static int byteOf(int place) {
    return place / 8 * 4 + place % 4;
  }

  @Override
  public void emit(Assembler a, Mem block, Mem floats, Mem scratch) {
    unpack(a, block, scratch);
    for (int pair = 0; pair < PAIRS; pair++) {
      for (int i = 0; i < 2; i++) {
        int group = 2 * pair + i;
        a.op(Simd.VMOVUPS, CODES, block.plus(codesAt() + pair * PAIR_BYTES));
        if (i == 1) {
          a.vpsrld(CODES, CODES, 4);
        }
        a.op(Simd.VPANDD, CODES, CODES, LOW_NIBBLES);
        if (fifths) {
          a.op(Simd.VMOVUPS, TOPS, block.plus(FIFTHS_AT));
          if (group < 4) {
            a.vpslld(TOPS, TOPS, 4 - group);
          } else if (group > 4) {
            a.vpsrld(TOPS, TOPS, group - 4);
          }
          a.op(Simd.VPANDD, TOPS, TOPS, FIFTH_BITS);
          a.op(Simd.VPORD, CODES, CODES, TOPS);
        }
        a.op(Simd.VBROADCASTSS, SCALE, scratch.plus(group * Float.BYTES));
        a.op(Simd.VBROADCASTSS, MINIMUM, scratch.plus((8 + group) * Float.BYTES));
        new ByteCodesAvx2(List.of(SCALE, SCALE), Optional.of(new Offset(Simd.VSUBPS, MINIMUM)))
            .store(a, CODES, floats.plus(group * GROUP_BYTES));
      }
    }
  }

  /** Leaves d·scale, then dmin·minimum of all groups in memory. */
  private static void unpack(Assembler a, Mem block, Mem to) {
    Vec packed = TOPS;
    Vec minima = Vec.ymm(0);
    a.op(Simd.VMOVUPS, packed.xmm(), block.plus(PACKED_AT));
    a.op(Simd.VPSHUFB, CODES.xmm(), packed.xmm(), PLACES.xmm());
    a.op(Simd.VPSHUFB, packed.xmm(), packed.xmm(), TOP_PLACES.xmm());
    a.op(Simd.VPSRLVD, CODES.xmm(), CODES.xmm(), SHIFTS.xmm());
    a.vpsrld(packed, packed, 2);
    a.op(Simd.VPANDD, CODES.xmm(), CODES.xmm(), BITS.xmm());
    a.op(Simd.VPANDD, packed.xmm(), packed.xmm(), TOP_BITS.xmm());
    a.op(Simd.VPORD, CODES.xmm(), CODES.xmm(), packed.xmm());
    a.op(Simd.VPSHUFD, minima.xmm(), CODES.xmm(), UPPER_HALF);
    factors(a, CODES, block, to);
    factors(a, minima, block.plus(Short.BYTES), to.plus(8 * Float.BYTES));
  }

  /** Eight numbers times d or dmin. */
  private static void factors(Assembler a, Vec codes, Mem factor, Mem to) {
    ByteCodesAvx2.broadcastF16(a, SCALE, factor);
    a.op(Simd.VPMOVZXBD, codes, codes.xmm());
    a.op(Simd.VCVTDQ2PS, codes, codes);
    a.op(Simd.VMULPS, codes, codes, SCALE);
    a.store(Simd.VMOVUPS_STORE, to, codes);
  }
}
