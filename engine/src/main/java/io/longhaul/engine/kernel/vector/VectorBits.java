package io.longhaul.engine.kernel.vector;

import io.longhaul.engine.ModelException;
import jdk.incubator.vector.VectorShape;

/** How wide vectors are: what the machine prefers, or what the user forces. */
public final class VectorBits {
  /** The system property that forces a width, so that one machine can test all of them. */
  public static final String PROPERTY = "longhaul.vectorBits";

  private VectorBits() {}

  /**
   * The width in bits: 128, 256 or 512.
   *
   * @throws ModelException if the property asks for another
   */
  public static int requested() {
    String value = System.getProperty(PROPERTY);
    if (value == null) {
      return Math.clamp(VectorShape.preferredShape().vectorBitSize(), 128, 512);
    }
    return switch (value) {
      case "128" -> 128;
      case "256" -> 256;
      case "512" -> 512;
      default ->
          throw new ModelException(
              "system property " + PROPERTY + " is " + value + ", expected 128, 256 or 512");
    };
  }
}
