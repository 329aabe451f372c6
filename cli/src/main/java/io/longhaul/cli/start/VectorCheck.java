package io.longhaul.cli.start;

import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Whether the JVM compiles the Vector API to vector instructions. Without its intrinsics the API
 * gives the same numbers a hundred times slower, and nothing says so.
 *
 * <p>A program of its own: it exits with 0 as soon as a vector loop has beaten the same loop in
 * scalar Java, with 1 when that has not happened within the seconds of its argument.
 */
final class VectorCheck {
  private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
  private static final int LENGTH = 1 << 14;

  private VectorCheck() {}

  public static void main(String[] args) {
    float[] a = new float[LENGTH];
    float[] b = new float[LENGTH];
    Arrays.fill(a, 0.5f);
    Arrays.fill(b, 2);
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(Long.parseLong(args[0]));
    long scalar = Long.MAX_VALUE;
    long vector = Long.MAX_VALUE;
    // The best of each so far: the compiler gets to both loops in its own time.
    for (int run = 0; System.nanoTime() < end; run++) {
      long start = System.nanoTime();
      float expected = scalar(a, b);
      long middle = System.nanoTime();
      float got = vector(a, b);
      scalar = Math.min(scalar, middle - start);
      vector = Math.min(vector, System.nanoTime() - middle);
      if (got != expected) {
        throw new IllegalStateException("the dot product is " + got + ", not " + expected);
      }
      if (run > 1000 && vector < scalar) {
        System.out.printf(
            "dot product of %d: scalar %d ns, vector %d ns%n", LENGTH, scalar, vector);
        return;
      }
    }
    System.out.printf("dot product of %d: scalar %d ns, vector %d ns%n", LENGTH, scalar, vector);
    System.exit(1);
  }

  private static float scalar(float[] a, float[] b) {
    float sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum = Math.fma(a[i], b[i], sum);
    }
    return sum;
  }

  private static float vector(float[] a, float[] b) {
    FloatVector sum = FloatVector.zero(SPECIES);
    for (int i = 0; i < SPECIES.loopBound(a.length); i += SPECIES.length()) {
      sum = FloatVector.fromArray(SPECIES, a, i).fma(FloatVector.fromArray(SPECIES, b, i), sum);
    }
    return sum.reduceLanes(VectorOperators.ADD);
  }
}
