package io.longhaul.engine.kernel.vector;

import io.longhaul.engine.kernel.BlockCount;
import io.longhaul.engine.kernel.WeightDecoder;
import io.longhaul.engine.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;

/** A decoder of checked memory, with the checks in front. */
final class NativeDecoder implements WeightDecoder {
  /** Decodes consecutive blocks from one address to another. */
  @FunctionalInterface
  interface Blocks {
    void decode(long from, int blocks, long to);
  }

  private final TensorType type;
  private final Blocks decoder;

  NativeDecoder(TensorType type, Blocks decoder) {
    this.type = type;
    this.decoder = decoder;
  }

  @Override
  public void decode(
      MemorySegment weights, long offset, int count, MemorySegment out, long outOffset) {
    int blocks = BlockCount.of(type, count);
    long from = NativeMemory.readable(weights, offset, (long) blocks * type.bytesPerBlock());
    long to = NativeMemory.writable(out, outOffset, (long) count * Float.BYTES);
    try {
      decoder.decode(from, blocks, to);
    } finally {
      Reference.reachabilityFence(weights);
      Reference.reachabilityFence(out);
    }
  }
}
