package io.longhaul.engine.file;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;

/** Encodes the values of a GGUF header, little-endian. */
final class GgufEncoder {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  byte[] toBytes() {
    return bytes.toByteArray();
  }

  /** The low {@code count} bytes of a value, the lowest first. */
  void integer(long value, int count) {
    for (int i = 0; i < count; i++) {
      bytes.write((int) (value >> (8 * i)));
    }
  }

  void string(String text) {
    if (!UnicodeText.isWellFormed(text)) {
      throw new IllegalArgumentException("unpaired surrogate in " + Shown.name(text));
    }
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    integer(utf8.length, Long.BYTES);
    bytes.writeBytes(utf8);
  }

  /** A value of the type, without the type. */
  void value(String key, GgufType type, Object value) {
    switch (type) {
      case BOOL -> integer(cast(key, type, Boolean.class, value) ? 1 : 0, 1);
      case STRING -> string(cast(key, type, String.class, value));
      case FLOAT32 ->
          integer(Float.floatToRawIntBits(cast(key, type, Number.class, value).floatValue()), 4);
      case FLOAT64 ->
          integer(
              Double.doubleToRawLongBits(cast(key, type, Number.class, value).doubleValue()), 8);
      case ARRAY -> array(key, cast(key, type, GgufArray.class, value));
      default -> integer(inRange(key, type, value), type.leastBytes());
    }
  }

  private void array(String key, GgufArray array) {
    integer(array.elementType().id(), Integer.BYTES);
    integer(array.elements().size(), Long.BYTES);
    for (Object element : array.elements()) {
      value(key, array.elementType(), element);
    }
  }

  private static long inRange(String key, GgufType type, Object value) {
    if (value instanceof Double || value instanceof Float) {
      throw new IllegalArgumentException("%s: %s is not a %s".formatted(key, value, type));
    }
    var number = new BigInteger(cast(key, type, Number.class, value).toString());
    int bits = 8 * type.leastBytes();
    boolean fits =
        switch (type) {
          case UINT8, UINT16, UINT32, UINT64 -> number.signum() >= 0 && number.bitLength() <= bits;
          default -> number.bitLength() < bits;
        };
    if (!fits) {
      throw new IllegalArgumentException("%s: %s is not a %s".formatted(key, number, type));
    }
    return number.longValue();
  }

  private static <T> T cast(String key, GgufType type, Class<T> expected, Object value) {
    if (!expected.isInstance(value)) {
      throw new IllegalArgumentException(
          "%s: %s is not a %s for %s".formatted(key, value, expected.getSimpleName(), type));
    }
    return expected.cast(value);
  }
}
