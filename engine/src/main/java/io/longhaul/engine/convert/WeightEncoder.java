package io.longhaul.engine.convert;

import java.lang.foreign.MemorySegment;

/**
 * Turns floats into stored weights of one {@link io.longhaul.engine.tensor.TensorType}: the
 * counterpart of {@link io.longhaul.engine.kernel.WeightDecoder}.
 */
@FunctionalInterface
public interface WeightEncoder {
  /**
   * Encodes consecutive elements.
   *
   * @param values finite floats, the first {@code count} are encoded
   * @param count elements, a multiple of the type's block size
   * @param out receives the blocks
   * @param outOffset where in {@code out} they start, in bytes
   */
  void encode(float[] values, int count, MemorySegment out, long outOffset);
}
