package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.machine.Assembler.Gp;
import io.longhaul.engine.kernel.machine.Assembler.Mem;
import io.longhaul.engine.kernel.machine.Assembler.Vec;
import io.longhaul.engine.tensor.TensorType;
import java.util.Optional;

/**
 * The types whose weights are points of a grid, 4 or 8 bytes each: they are looked up by index,
 * from a table in memory, and meet {@link InputBytes} as other codes do.
 *
 * <p>What a block has packed, indices, signs and scales, is first unpacked for all of its 256
 * columns into memory, where the groups of 32 columns find it.
 *
 * <p>Sums stay within the ints: a lane gets 32 columns, of at most 62 · 31 · {@link
 * InputBytes#LARGEST} each for IQ3_XXS, less for the others.
 */
abstract sealed class GridAvx2Products implements BlockStep
    permits Grid1Avx2Products, Grid2Avx2Products, Grid3Avx2Products {
  static final int VECTOR = 32;
  private static final int LANES = 8;
  static final int GROUPS = InputBytes.COLUMNS / VECTOR;

  static final Vec CODES = Vec.ymm(8);

  /** The weights of a group that are negative; and for any use while a block is unpacked. */
  static final Vec NEGATIVE = Vec.ymm(9);

  static final Vec SCALE = Vec.ymm(12);
  static final Vec OTHER = Vec.ymm(15);
  static final ByteProducts PRODUCTS =
      new ByteProducts(Vec.ymm(10), Vec.ymm(11), Vec.ymm(13), Vec.ymm(14));

  /** Of four bytes in each half, the lower half spreads the first two over eight bytes each. */
  private static final Vec SPREAD = Vec.ymm(1);

  /** Of each byte another bit. */
  private static final Vec BITS = Vec.ymm(2);

  private static final Vec PAIRS = Vec.ymm(3);
  static final Vec NIBBLES = Vec.ymm(4);
  private static final Vec ONES = Vec.ymm(5);

  private static final Gp TABLE = Gp.R15;
  private static final Gp INDEX = Gp.R14;

  // Of a row's memory to work in.
  static final int INDICES_AT = 0;
  static final int BYTES_AT = 128;
  static final int SCALES_AT = 160;

  /** Two vectors on their way to floats. */
  private static final int DECODED_AT = 192;

  // Constants in memory.
  private static final int FIRST_CONSTANT = DECODED_AT + 2 * VECTOR;
  private static final int FACTOR_AT = FIRST_CONSTANT;
  private static final int OFFSET_AT = FIRST_CONSTANT + VECTOR;

  /** From here on a type's own ones, up to the end of the memory. */
  static final int OWN_AT = FIRST_CONSTANT + 2 * VECTOR;

  private final TensorType type;

  /** What sums of codes times scales are multiplied with. */
  private final float factor;

  GridAvx2Products(TensorType type, float factor) {
    this.type = type;
    this.factor = factor;
  }

  /** Empty where a type has no grid. */
  static Optional<GridAvx2Products> of(TensorType type) {
    return Optional.ofNullable(
        switch (type) {
          case IQ1_S, IQ1_M -> new Grid1Avx2Products(type);
          case IQ2_XXS, IQ2_XS, IQ2_S -> new Grid2Avx2Products(type);
          case IQ3_XXS, IQ3_S -> new Grid3Avx2Products(type);
          default -> null;
        });
  }

  final TensorType type() {
    return type;
  }

  @Override
  public final int bytes() {
    return type.bytesPerBlock();
  }

  @Override
  public void constants(Constants constants) {
    constants.a().movabs(TABLE, Tables.address(type));
    constants.each(SPREAD, i -> i / 8);
    constants.each(BITS, i -> 1 << (i % 8));
    ByteProducts.pairs(constants, PAIRS);
    constants.bytes(NIBBLES, 0x0F);
    constants.ints(ONES, 0x0001_0001);
    constants.ints(CODES, Float.floatToRawIntBits(factor));
    constants.store(FACTOR_AT, CODES);
    constants.bytes(CODES, offset());
    constants.store(OFFSET_AT, CODES);
  }

  @Override
  public final void emitBlock(Assembler a, Mem block, Mem input, Mem scratch) {
    unpack(a, block, scratch);
    for (int group = 0; group < GROUPS; group++) {
      lookUp(a, group, block, scratch);
      complete(a, group, block, scratch);
      if (hasPairs()) {
        ByteProducts.loadPair(a, SCALE, scratch.plus(scaleAt(group)), PAIRS);
      } else {
        a.op(Simd.VPBROADCASTW, SCALE, scratch.plus(scaleAt(group)));
      }
      if (offset() == 0) {
        PRODUCTS.addSigned(a, group, CODES, NEGATIVE, SCALE, input);
      } else {
        PRODUCTS.add(a, group, CODES, SCALE, input);
      }
    }
    Vec sum = PRODUCTS.finish(a);
    a.op(Simd.VCVTDQ2PS, sum, sum);
    addOffsets(a, sum, input, scratch);
    scale(a, SCALE, block, scratch);
    a.op(Simd.VMULPS, SCALE, SCALE, scratch.plus(FACTOR_AT));
    a.op(Simd.VMULPS, SCALE, SCALE, input.plus(InputBytes.SCALE_AT));
    a.op(Simd.VFMADD231PS, Avx2.ROW, sum, SCALE);
  }

  /**
   * The code that decodes a block to 256 floats, to the bits of the type's decoder: a product of
   * scale and code has so few digits that no order of factors rounds it.
   */
  final void emitFloats(Assembler a, Mem block, Mem floats, Mem scratch) {
    Vec factors = Vec.ymm(0);
    Vec codes = Vec.ymm(6);
    Mem bytes = scratch.plus(DECODED_AT);
    unpack(a, block, scratch);
    scale(a, factors, block, scratch);
    a.op(Simd.VMULPS, factors, factors, scratch.plus(FACTOR_AT));
    for (int group = 0; group < GROUPS; group++) {
      lookUp(a, group, block, scratch);
      complete(a, group, block, scratch);
      if (offset() == 0) {
        a.op(Simd.VPXORD, CODES, CODES, NEGATIVE);
        a.op(Simd.VPSUBB, CODES, CODES, NEGATIVE);
      } else {
        a.op(Simd.VPSUBB, CODES, CODES, scratch.plus(OFFSET_AT));
      }
      Mem here = bytes.plus(group % 2 * VECTOR);
      a.store(Simd.VMOVUPS_STORE, here, CODES);
      for (int part = 0; part < VECTOR / LANES; part++) {
        if (part == 0 || (part == 2 && hasPairs())) {
          int half = part / 2 * Short.BYTES;
          a.op(Simd.VPBROADCASTW, SCALE.xmm(), scratch.plus(scaleAt(group) + half));
          a.op(Simd.VPMOVSXWD, SCALE, SCALE.xmm());
          a.op(Simd.VCVTDQ2PS, SCALE, SCALE);
          a.op(Simd.VMULPS, SCALE, SCALE, factors);
        }
        a.op(Simd.VPMOVSXBD, codes, here.plus(part * LANES));
        a.op(Simd.VCVTDQ2PS, codes, codes);
        a.op(Simd.VMULPS, codes, codes, SCALE);
        int at = (group * VECTOR + part * LANES) * Float.BYTES;
        a.store(Simd.VMOVUPS_STORE, floats.plus(at), codes);
      }
    }
  }

  /** Unpacks what a block needs into the row's memory. */
  abstract void unpack(Assembler a, Mem block, Mem scratch);

  /** Loads the index of a point of a group into a register. */
  abstract void index(Assembler a, Gp to, int group, int point, Mem block, Mem scratch);

  /**
   * Completes the codes of a group, whose points are in {@link #CODES}: what is {@link #NEGATIVE},
   * or what is added to them.
   */
  abstract void complete(Assembler a, int group, Mem block, Mem scratch);

  /** Where a group's scale is, as a short; or those of its two halves. */
  abstract int scaleAt(int group);

  /** Whether each half of a group has a scale of its own. */
  abstract boolean hasPairs();

  /** What codes are greater by than weights; 0 for magnitudes, whose signs are apart. */
  int offset() {
    return 0;
  }

  /** Adds what codes are greater by than weights, times scales and input, where they are. */
  void addOffsets(Assembler a, Vec sum, Mem input, Mem scratch) {
    // Most codes are the weights' magnitudes themselves.
  }

  /** Loads the block's scale into all lanes. */
  void scale(Assembler a, Vec to, Mem block, Mem scratch) {
    a.op(Simd.VPBROADCASTW, to.xmm(), block);
    a.op(Simd.VCVTPH2PS, to, to.xmm());
  }

  /** Bytes of a point. */
  abstract int pointBytes();

  private void lookUp(Assembler a, int group, Mem block, Mem scratch) {
    int points = VECTOR / pointBytes();
    for (int p = 0; p < points; p++) {
      Vec half = (p < points / 2 ? CODES : OTHER).xmm();
      int place = p % (points / 2);
      index(a, INDEX, group, p, block, scratch);
      Mem point = Mem.of(TABLE, INDEX, pointBytes(), 0);
      if (place == 0) {
        a.op(pointBytes() == 4 ? Simd.VMOVSS : Simd.VMOVSD, half, point);
      } else if (pointBytes() == 4) {
        a.op(Simd.VINSERTPS, half, half, point, place << 4);
      } else {
        a.op(Simd.VMOVHPS, half, half, point);
      }
    }
    a.op(Simd.VINSERTF32X4, CODES, CODES, OTHER.xmm(), 1);
  }

  /** Of four bytes in memory, each bit to a byte: all ones where it is set. */
  static void spreadBits(Assembler a, Mem bits) {
    a.op(Simd.VPBROADCASTD, NEGATIVE, bits);
    a.op(Simd.VPSHUFB, NEGATIVE, NEGATIVE, SPREAD);
    a.op(Simd.VPANDD, NEGATIVE, NEGATIVE, BITS);
    a.op(Simd.VPCMPEQB, NEGATIVE, NEGATIVE, BITS);
  }

  /** Of four bytes in memory, each to eight bytes. */
  static void spreadBytes(Assembler a, Vec to, Mem bytes) {
    a.op(Simd.VPBROADCASTD, to, bytes);
    a.op(Simd.VPSHUFB, to, to, SPREAD);
  }

  /** {@code 1 + 2 · nibble} as shorts to memory, of 4 or 8 bytes, the low nibble first. */
  static void unpackNibbleScales(Assembler a, int bytes, Mem nibbles, Mem scratch) {
    a.op(bytes == 4 ? Simd.VMOVSS : Simd.VMOVSD, CODES.xmm(), nibbles);
    a.vpsrlw(OTHER.xmm(), CODES.xmm(), 4);
    a.op(Simd.VPUNPCKLBW, CODES.xmm(), CODES.xmm(), OTHER.xmm());
    a.op(Simd.VPANDD, CODES.xmm(), CODES.xmm(), NIBBLES.xmm());
    a.op(Simd.VPMOVZXBW, CODES, CODES.xmm());
    storeOdd(a, CODES, scratch);
  }

  /**
   * Unpacks the words of 32 columns, which are in {@link #CODES}: four times seven signs, and four
   * bits s of a scale {@code 1 + 2 · s}.
   *
   * @param ones in all ints
   */
  static void unpackWords(Assembler a, SevenSigns signs, Mem ones, Mem scratch) {
    a.vpsrld(OTHER, CODES, 28);
    a.op(Simd.VPADDD, OTHER, OTHER, OTHER);
    a.op(Simd.VPORD, OTHER, OTHER, ones);
    a.store(Simd.VMOVUPS_STORE, scratch.plus(SCALES_AT), OTHER);
    signs.spread(a, CODES, OTHER, scratch);
    signs.complete(a, CODES, OTHER, SCALE, scratch, NIBBLES);
    a.store(Simd.VMOVUPS_STORE, scratch.plus(BYTES_AT), CODES);
  }

  /** Stores {@code 1 + 2 · code} of shorts. */
  static void storeOdd(Assembler a, Vec codes, Mem scratch) {
    a.op(Simd.VPADDW, codes, codes, codes);
    a.op(Simd.VPORD, codes, codes, new Vec(ONES.code(), codes.bits()));
    a.store(Simd.VMOVUPS_STORE, scratch.plus(SCALES_AT), codes);
  }
}
