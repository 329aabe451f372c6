package io.longhaul.engine.plan;

/**
 * What running a model takes of memory, in bytes.
 *
 * @param weights of all tensors that are used, draft layers included
 * @param experts of them, the routed experts of the trunk
 * @param cache for the whole context
 * @param buffers of a pass
 * @param runtime the JVM, its heap and the tokenizer
 * @param available what there is
 */
public record MemoryUse(
    long weights, long experts, long cache, long buffers, long runtime, long available) {

  /** All of it. */
  public long needed() {
    return Math.addExact(weights, held());
  }

  /** What cannot stay on the disk: all but the weights. */
  public long held() {
    return Math.addExact(cache, Math.addExact(buffers, runtime));
  }

  public boolean fits() {
    return needed() <= available;
  }

  /** Whether a session of this context can be opened at all; weights may stay on the disk. */
  public boolean runs() {
    return held() < available;
  }

  /** The share of the weights outside the experts that memory has room for, 0 to 1. */
  public double residentShare() {
    return share(available - held(), weights - experts);
  }

  /** The share of the experts that memory has room for beside everything else, 0 to 1. */
  public double residentExperts() {
    return share(available - held() - (weights - experts), experts);
  }

  private static double share(long room, long bytes) {
    return bytes == 0 ? 1 : Math.clamp((double) room / bytes, 0.0, 1.0);
  }
}
