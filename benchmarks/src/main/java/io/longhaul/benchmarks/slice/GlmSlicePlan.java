package io.longhaul.benchmarks.slice;

import java.util.Locale;
import java.util.OptionalInt;
import java.util.function.IntFunction;
import java.util.function.Predicate;

/**
 * Chooses the layers and experts of a slice of a given size; what is given is kept.
 *
 * <p>With experts where two layers of at least eight fit besides the first dense one, in the
 * proportion of the real model, which has a layer for each three or four experts: about a layer for
 * eight here, since more experts make routing realistic sooner than more layers do. A smaller slice
 * is the model's first three layers, all dense, narrowed to fit.
 */
record GlmSlicePlan(
    GlmWidths widths,
    long bytes,
    Matrices matrices,
    int sharingPeriod,
    OptionalInt vocabulary,
    OptionalInt layers,
    OptionalInt denseLayers,
    OptionalInt experts) {
  private static final int[] EXPERTS = {256, 192, 128, 96, 64, 48, 32, 24, 16, 8};
  private static final int LAYERS_WITHOUT_EXPERTS = 3;
  private static final int NARROWEST = 256;

  /** Below this a vocabulary of thousands would be most of the file. */
  private static final long SMALL = 2_000_000_000;

  /**
   * The slice, as large as fits into the bytes.
   *
   * @throws IllegalArgumentException if none fits
   */
  GlmSlice choose() {
    int dense = denseLayers.orElse(roomForThreeDense() ? 3 : 1);
    int expertsWanted =
        experts.orElseGet(
            () -> {
              for (int candidate : EXPERTS) {
                int moeLayers =
                    layers.isPresent()
                        ? layers.getAsInt() - dense
                        : Math.clamp(candidate / 8, 2, GlmWidths.MAX_LAYERS - dense);
                if (moeLayers > 0 && fits(slice(dense + moeLayers, dense, candidate))) {
                  return candidate;
                }
              }
              return 0;
            });
    if (expertsWanted == 0) {
      return withoutExperts();
    }
    int count =
        layers.orElseGet(
            () ->
                greatest(
                    dense + 1,
                    GlmWidths.MAX_LAYERS,
                    n -> slice(n, dense, expertsWanted),
                    "a layer of %d experts".formatted(expertsWanted)));
    int most =
        experts.orElseGet(
            () ->
                greatest(
                    expertsWanted, GlmWidths.MAX_EXPERTS, n -> slice(count, dense, n), "experts"));
    GlmSlice chosen = slice(count, dense, most);
    require(fits(chosen), chosen.description());
    return chosen;
  }

  private boolean roomForThreeDense() {
    return fits(slice(9, 3, 32));
  }

  private GlmSlice withoutExperts() {
    int count = layers.orElse(LAYERS_WITHOUT_EXPERTS);
    int width =
        NARROWEST
            * greatest(
                1,
                Math.max(1, widths.intermediate() / NARROWEST),
                n -> narrow(count, NARROWEST * n),
                count + " dense layers");
    return narrow(count, width);
  }

  private GlmSlice narrow(int count, int width) {
    return new GlmSlice(
        widths.withIntermediate(width), tokens(), count, count, 0, sharingPeriod, matrices);
  }

  private GlmSlice slice(int count, int dense, int expertCount) {
    return new GlmSlice(widths, tokens(), count, dense, expertCount, sharingPeriod, matrices);
  }

  private int tokens() {
    return vocabulary.orElse(bytes < SMALL ? 1024 : 8192);
  }

  private boolean fits(GlmSlice slice) {
    return slice.fileBytes() <= bytes;
  }

  /** The greatest number from {@code least} to {@code most} whose slice fits. */
  private int greatest(int least, int most, IntFunction<GlmSlice> slices, String what) {
    Predicate<Integer> fitting = n -> fits(slices.apply(n));
    require(fitting.test(least), what);
    int low = least;
    int high = most;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      if (fitting.test(middle)) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low;
  }

  private void require(boolean condition, String what) {
    if (!condition) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT, "%.2f GB of %s hold no %s", bytes / 1e9, matrices.type(), what));
    }
  }
}
