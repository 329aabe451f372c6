package io.longhaul.engine.kernel.vector;

import static io.longhaul.engine.kernel.vector.VectorWidth.FLOATS;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;

/**
 * Sums over the lanes of vectors in one fixed order: halves, quarters, and so on.
 *
 * <p>{@code FloatVector.reduceLanes} leaves the order open, and compiled and interpreted code do
 * choose different ones; here every bit is the same in both, for one vector and for four at once.
 */
final class LaneSums {
  private static final int LANES = FLOATS.length();

  /** Lane i swapped with lane i ± LANES/2, LANES/4, LANES/8 and LANES/16. */
  private static final VectorShuffle<Float> SWAP_HALVES = swap(LANES / 2);

  private static final VectorShuffle<Float> SWAP_QUARTERS = swap(LANES / 4);
  private static final VectorShuffle<Float> SWAP_EIGHTHS = swap(LANES / 8);
  private static final VectorShuffle<Float> SWAP_SIXTEENTHS = swap(LANES / 16);

  private static final VectorMask<Float> UPPER_HALF = upper(LANES / 2);
  private static final VectorMask<Float> UPPER_QUARTERS = upper(LANES / 4);

  private LaneSums() {}

  /** The sum of one vector's lanes. */
  static float sum(FloatVector v) {
    FloatVector s = v.add(v.rearrange(SWAP_HALVES));
    s = s.add(s.rearrange(SWAP_QUARTERS));
    return foldRest(s).lane(0);
  }

  /**
   * The sums of four vectors at once: of {@code a} in lane 0, {@code b} in lane LANES/2, {@code c}
   * in lane LANES/4 and {@code d} in lane 3·LANES/4.
   */
  static FloatVector sum4(FloatVector a, FloatVector b, FloatVector c, FloatVector d) {
    FloatVector ab = fold(a, b, UPPER_HALF, SWAP_HALVES);
    FloatVector cd = fold(c, d, UPPER_HALF, SWAP_HALVES);
    return foldRest(fold(ab, cd, UPPER_QUARTERS, SWAP_QUARTERS));
  }

  private static FloatVector foldRest(FloatVector v) {
    FloatVector s = v;
    if (LANES >= 8) {
      s = s.add(s.rearrange(SWAP_EIGHTHS));
    }
    if (LANES >= 16) {
      s = s.add(s.rearrange(SWAP_SIXTEENTHS));
    }
    return s;
  }

  /** Folds two vectors into one: {@code a}'s sums in the lower lanes, {@code b}'s in the upper. */
  private static FloatVector fold(
      FloatVector a, FloatVector b, VectorMask<Float> upper, VectorShuffle<Float> swap) {
    return a.blend(b, upper).add(b.blend(a, upper).rearrange(swap));
  }

  private static VectorShuffle<Float> swap(int distance) {
    return VectorShuffle.fromOp(FLOATS, lane -> lane ^ distance);
  }

  private static VectorMask<Float> upper(int distance) {
    boolean[] bits = new boolean[LANES];
    for (int lane = 0; lane < LANES; lane++) {
      bits[lane] = (lane & distance) != 0;
    }
    return VectorMask.fromArray(FLOATS, bits, 0);
  }
}
