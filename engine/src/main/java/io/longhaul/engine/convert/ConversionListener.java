package io.longhaul.engine.convert;

/** Follows a conversion. */
@FunctionalInterface
public interface ConversionListener {
  /** Nobody. */
  ConversionListener NONE = (done, total) -> {};

  /**
   * Called before the first byte and after each part, by one thread at a time.
   *
   * @param done bytes of tensors that are written
   * @param total bytes of all tensors
   */
  void written(long done, long total);
}
