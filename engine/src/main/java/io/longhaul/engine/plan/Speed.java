package io.longhaul.engine.plan;

import io.longhaul.engine.plan.ModelShape.Amount;

/**
 * How fast a token is decoded after {@code depth} others.
 *
 * @param weightBytes that the token reads
 * @param cacheBytes that it reads
 * @param diskBytes of the weights that come from the disk, on average
 * @param bound tokens per second that nothing can exceed: each byte is read once, at the full
 *     bandwidth, memory and disk at the same time
 * @param likely tokens per second of this engine, see {@link DecodeRates}
 */
public record Speed(
    long depth, long weightBytes, long cacheBytes, long diskBytes, double bound, double likely) {

  static Speed of(
      ModelShape shape, CacheRows cache, MemoryUse memory, Machine machine, long depth) {
    Amount active = shape.active();
    Amount experts = shape.activeExperts();
    long cacheBytes = cache.bytesRead(depth);
    double missing =
        (1 - memory.residentShare()) * (active.bytes() - experts.bytes())
            + (1 - memory.residentExperts()) * experts.bytes();
    if (memory.fits()) {
      missing = 0;
    }
    double bound =
        Math.max((active.bytes() + cacheBytes) / machine.bandwidth(), missing / machine.disk());
    // Weights that every token reads in the same order push each other out of a cache of files that
    // is only a little too small: then all of them come from the disk, each time.
    double reread = memory.residentShare() < 1 ? active.bytes() : missing;
    double likely =
        DecodeRates.seconds(shape.activeByType(), machine)
            + cacheBytes / (machine.bandwidth() * DecodeRates.MEMORY_SHARE)
            + (memory.fits() ? 0 : reread) / machine.disk();
    return new Speed(depth, active.bytes(), cacheBytes, (long) missing, 1 / bound, 1 / likely);
  }
}
