package io.longhaul.engine.tensor;

import java.util.Optional;

/**
 * How the numbers of a tensor are stored: plain, or in blocks that share scales.
 *
 * <p>The block layouts and ids are ggml's (ggml-common.h); {@link #F8_E4M3} and the plain types are
 * also those of safetensors.
 */
public enum TensorType {
  F32(0, 1, 4),
  F16(1, 1, 2),
  Q4_0(2, 32, 18),
  Q4_1(3, 32, 20),
  Q5_0(6, 32, 22),
  Q5_1(7, 32, 24),
  Q8_0(8, 32, 34),
  Q2_K(10, 256, 84),
  Q3_K(11, 256, 110),
  Q4_K(12, 256, 144),
  Q5_K(13, 256, 176),
  Q6_K(14, 256, 210),
  IQ2_XXS(16, 256, 66),
  IQ2_XS(17, 256, 74),
  IQ3_XXS(18, 256, 98),
  IQ1_S(19, 256, 50),
  IQ4_NL(20, 32, 18),
  IQ3_S(21, 256, 110),
  IQ2_S(22, 256, 82),
  IQ4_XS(23, 256, 136),
  I8(24, 1, 1),
  I16(25, 1, 2),
  I32(26, 1, 4),
  I64(27, 1, 8),
  F64(28, 1, 8),
  IQ1_M(29, 256, 56),
  BF16(30, 1, 2),
  MXFP4(39, 32, 17),
  /** Eight-bit float, 4 exponent and 3 fraction bits, finite only; safetensors files only. */
  F8_E4M3(-1, 1, 1),
  U8(-1, 1, 1),
  BOOL(-1, 1, 1);

  private final int ggmlId;
  private final int blockSize;
  private final int bytesPerBlock;

  TensorType(int ggmlId, int blockSize, int bytesPerBlock) {
    this.ggmlId = ggmlId;
    this.blockSize = blockSize;
    this.bytesPerBlock = bytesPerBlock;
  }

  /** The type with this ggml id, empty if there is none that Longhaul knows. */
  public static Optional<TensorType> ofGgmlId(int id) {
    for (TensorType type : values()) {
      if (type.ggmlId == id && id >= 0) {
        return Optional.of(type);
      }
    }
    return Optional.empty();
  }

  /** The type's id in GGUF files, negative if they cannot hold it. */
  public int ggmlId() {
    return ggmlId;
  }

  /** Whether it holds weights: numbers that kernels multiply with, not integers or flags. */
  public boolean isWeight() {
    return switch (this) {
      case I8, I16, I32, I64, U8, BOOL -> false;
      default -> true;
    };
  }

  /** Elements that one block holds; a row is a whole number of blocks. */
  public int blockSize() {
    return blockSize;
  }

  public int bytesPerBlock() {
    return bytesPerBlock;
  }

  /** Bytes that {@code elements} (a multiple of the block size) take. */
  public long bytes(long elements) {
    return Math.multiplyExact(elements / blockSize, (long) bytesPerBlock);
  }
}
