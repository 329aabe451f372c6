package io.longhaul.engine.kernel.machine.interpreter;

/** Arithmetic of floats: rounded to nearest even, without flushing to zero. */
final class FloatSemantics {
  private FloatSemantics() {}

  @FunctionalInterface
  interface Binary {
    float apply(float a, float b);
  }

  /** On the old value of the target and the two sources. */
  @FunctionalInterface
  interface Ternary {
    float apply(float old, float a, float b);
  }

  static Semantics binary(Binary f) {
    return (from, to) -> {
      for (int i = 0; i < from.lanes(4); i++) {
        to.setFloat(i, f.apply(from.a.float32(i), from.b.float32(i)));
      }
    };
  }

  static Semantics ternary(Ternary f) {
    return (from, to) -> {
      for (int i = 0; i < from.lanes(4); i++) {
        to.setFloat(i, f.apply(from.old.float32(i), from.a.float32(i), from.b.float32(i)));
      }
    };
  }

  /** The second source where both are zeros or one is no number. */
  static void minimum(Semantics.Sources from, Lanes to) {
    for (int i = 0; i < from.lanes(4); i++) {
      Lanes less = from.a.float32(i) < from.b.float32(i) ? from.a : from.b;
      to.setInt(i, less.int32(i));
    }
  }

  /** The second source where both are zeros or one is no number. */
  static void maximum(Semantics.Sources from, Lanes to) {
    for (int i = 0; i < from.lanes(4); i++) {
      Lanes greater = from.a.float32(i) > from.b.float32(i) ? from.a : from.b;
      to.setInt(i, greater.int32(i));
    }
  }

  static void squareRoot(Semantics.Sources from, Lanes to) {
    for (int i = 0; i < from.lanes(4); i++) {
      to.setFloat(i, (float) Math.sqrt(from.b.float32(i)));
    }
  }

  /** VRNDSCALEPS; VROUNDPS is the same with no digits after the point. */
  static void round(Semantics.Sources from, Lanes to) {
    int digits = from.immediate >>> 4;
    boolean byControlRegister = (from.immediate & 4) != 0; // which says to nearest
    int mode = byControlRegister ? 0 : from.immediate & 3;
    for (int i = 0; i < from.lanes(4); i++) {
      double scaled = Math.scalb((double) from.b.float32(i), digits);
      double rounded =
          switch (mode) {
            case 0 -> Math.rint(scaled);
            case 1 -> Math.floor(scaled);
            case 2 -> Math.ceil(scaled);
            default -> scaled < 0 ? Math.ceil(scaled) : Math.floor(scaled);
          };
      to.setFloat(i, (float) Math.scalb(rounded, -digits));
    }
  }

  /** {@code a · 2^floor(b)}. */
  static float scale(float a, float b) {
    if (Float.isNaN(a)) {
      // As for quiet ones: a signalling one would stay none whatever b.
      return b == Float.POSITIVE_INFINITY ? b : b == Float.NEGATIVE_INFINITY ? 0 : a;
    }
    if (Float.isNaN(b)) {
      return b;
    }
    if (b == Float.POSITIVE_INFINITY) {
      return a == 0 ? Float.NaN : Math.copySign(Float.POSITIVE_INFINITY, a);
    }
    if (b == Float.NEGATIVE_INFINITY) {
      return Float.isInfinite(a) ? Float.NaN : Math.copySign(0f, a);
    }
    return Math.scalb(a, (int) Math.floor(Math.clamp(b, -1000f, 1000f)));
  }

  static void toInts(Semantics.Sources from, Lanes to) {
    for (int i = 0; i < from.lanes(4); i++) {
      double rounded = Math.rint(from.b.float32(i));
      boolean fits = rounded >= Integer.MIN_VALUE && rounded <= Integer.MAX_VALUE;
      to.setInt(i, fits ? (int) rounded : Integer.MIN_VALUE);
    }
  }

  static void ofInts(Semantics.Sources from, Lanes to) {
    for (int i = 0; i < from.lanes(4); i++) {
      to.setFloat(i, from.b.int32(i));
    }
  }

  static void ofHalves(Semantics.Sources from, Lanes to) {
    for (int i = 0; i < from.lanes(4); i++) {
      to.setFloat(i, Float.float16ToFloat((short) from.b.signedShort(i)));
    }
  }

  /** VCVTPS2PH, to nearest, down, up or towards zero. */
  static void toHalves(Semantics.Sources from, Lanes to) {
    int mode = (from.immediate & 4) != 0 ? 0 : from.immediate & 3;
    for (int i = 0; i < from.lanes(4); i++) {
      to.setShort(i, half(from.a.float32(i), mode));
    }
  }

  private static int half(float value, int mode) {
    short nearest = Float.floatToFloat16(value);
    float back = Float.float16ToFloat(nearest);
    boolean tooGreat = back > value;
    boolean tooSmall = back < value;
    boolean moves =
        switch (mode) {
          case 0 -> false;
          case 1 -> tooGreat;
          case 2 -> tooSmall;
          default -> value < 0 ? tooSmall : tooGreat;
        };
    if (!moves) {
      return nearest;
    }
    // The next one: its magnitude is smaller where that brings it to the other side.
    boolean smaller = nearest < 0 ? tooSmall : tooGreat;
    return nearest + (smaller ? -1 : 1);
  }
}
