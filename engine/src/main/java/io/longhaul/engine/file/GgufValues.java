package io.longhaul.engine.file;

import java.math.BigInteger;

/** Reads metadata values of a GGUF file as the Java types that {@link Metadata} lists. */
final class GgufValues {
  /** Arrays of arrays of arrays: no known file goes deeper than two. */
  private static final int MAX_DEPTH = 8;

  private static final String VALUE = "the value";

  private final Cursor cursor;

  GgufValues(Cursor cursor) {
    this.cursor = cursor;
  }

  /** Reads a type and a value of this type. */
  Object read() {
    GgufType type = type("the value type");
    return type == GgufType.ARRAY ? array(1) : scalar(type);
  }

  private GgufType type(String what) {
    long id = cursor.u32(what);
    return GgufType.ofId(id)
        .orElseThrow(() -> cursor.error("%s is %d, expected 0 to 12".formatted(what, id)));
  }

  private Object scalar(GgufType type) {
    return switch (type) {
      case BOOL -> bool();
      case STRING -> cursor.string(VALUE);
      case FLOAT32, FLOAT64 -> floating(type);
      case UINT64 -> {
        long value = cursor.i64(VALUE);
        yield value >= 0 ? (Object) value : unsigned(value);
      }
      default -> integer(type);
    };
  }

  private Object array(int depth) {
    if (depth > MAX_DEPTH) {
      throw cursor.error("arrays nested more than %d deep".formatted(MAX_DEPTH));
    }
    GgufType type = type("the element type");
    long count = cursor.count(type.leastBytes(), "the array's length");
    // Eight bytes hold any primitive or reference; what strings and inner arrays take is theirs.
    cursor.reserve(count + 4, Long.BYTES, "the array");
    int length = Math.toIntExact(count);
    return switch (type) {
      case STRING -> strings(length);
      case BOOL -> bools(length);
      case FLOAT32, FLOAT64 -> floatings(type, length);
      case ARRAY -> arrays(length, depth);
      default -> integers(type, length);
    };
  }

  private String[] strings(int length) {
    var values = new String[length];
    for (int i = 0; i < length; i++) {
      values[i] = cursor.string(VALUE);
    }
    return values;
  }

  private boolean[] bools(int length) {
    var values = new boolean[length];
    for (int i = 0; i < length; i++) {
      values[i] = bool();
    }
    return values;
  }

  private double[] floatings(GgufType type, int length) {
    var values = new double[length];
    for (int i = 0; i < length; i++) {
      values[i] = floating(type);
    }
    return values;
  }

  private Object[] arrays(int length, int depth) {
    var values = new Object[length];
    for (int i = 0; i < length; i++) {
      values[i] = array(depth + 1);
    }
    return values;
  }

  private Object integers(GgufType type, int length) {
    var values = new long[length];
    boolean large = false;
    for (int i = 0; i < length; i++) {
      values[i] = integer(type);
      large |= type == GgufType.UINT64 && values[i] < 0;
    }
    return large ? unsigned(values) : values;
  }

  private BigInteger[] unsigned(long[] bits) {
    cursor.reserve(bits.length, 64, "the array");
    var values = new BigInteger[bits.length];
    for (int i = 0; i < bits.length; i++) {
      values[i] = unsigned(bits[i]);
    }
    return values;
  }

  private static BigInteger unsigned(long bits) {
    return new BigInteger(Long.toUnsignedString(bits));
  }

  /** An integer; of UINT64, its 64 bits. */
  private long integer(GgufType type) {
    return switch (type) {
      case UINT8 -> cursor.u8(VALUE);
      case INT8 -> (byte) cursor.u8(VALUE);
      case UINT16 -> cursor.u16(VALUE);
      case INT16 -> (short) cursor.u16(VALUE);
      case UINT32 -> cursor.u32(VALUE);
      case INT32 -> cursor.i32(VALUE);
      case UINT64, INT64 -> cursor.i64(VALUE);
      case FLOAT32, FLOAT64, BOOL, STRING, ARRAY ->
          throw new IllegalArgumentException(type + " is not an integer type");
    };
  }

  private double floating(GgufType type) {
    return type == GgufType.FLOAT32
        ? Float.intBitsToFloat(cursor.i32(VALUE))
        : Double.longBitsToDouble(cursor.i64(VALUE));
  }

  private boolean bool() {
    int value = cursor.u8(VALUE);
    if (value > 1) {
      throw cursor.error("a boolean is %d, expected 0 or 1".formatted(value));
    }
    return value == 1;
  }
}
