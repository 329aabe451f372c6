package io.longhaul.engine.kernel;

import java.lang.foreign.MemorySegment;

/**
 * Turns stored weights of one {@link io.longhaul.engine.tensor.TensorType} into floats.
 *
 * <p>Bit for bit what ggml's dequantization gives (F8: what torch's conversion to float32 gives).
 */
@FunctionalInterface
public interface WeightDecoder {
  /**
   * Decodes consecutive elements.
   *
   * @param weights the stored blocks
   * @param offset of the first block, in bytes
   * @param count elements, a multiple of the type's block size
   * @param out receives {@code count} floats in native order
   * @param outOffset where in {@code out} they start, in bytes, a multiple of 4
   */
  void decode(MemorySegment weights, long offset, int count, MemorySegment out, long outOffset);
}
