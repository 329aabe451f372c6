package io.longhaul.benchmarks.slice;

import io.longhaul.engine.file.GgufType;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The header of a GGUF file, version 3, whose tensors are not in memory: {@code GgufWriter} of the
 * engine wants them there.
 *
 * @see <a href="https://github.com/ggml-org/ggml/blob/master/docs/gguf.md">the GGUF
 *     specification</a>
 */
final class GgufFields {
  /** What the data of each tensor is aligned to, from the start of the data on. */
  static final long ALIGNMENT = 32;

  private static final int MAGIC = 0x46554747;
  private static final int VERSION = 3;

  private final Map<String, byte[]> fields = new LinkedHashMap<>();

  GgufFields string(String key, String value) {
    return put(key, GgufType.STRING, value);
  }

  GgufFields uint32(String key, long value) {
    return put(key, GgufType.UINT32, value);
  }

  GgufFields float32(String key, float value) {
    return put(key, GgufType.FLOAT32, value);
  }

  GgufFields bool(String key, boolean value) {
    return put(key, GgufType.BOOL, value);
  }

  /** Adds an array, whose elements are as {@link #put} would take them. */
  GgufFields array(String key, GgufType elementType, List<?> elements) {
    var out = new Encoder();
    out.integer(GgufType.ARRAY.id(), 4);
    out.integer(elementType.id(), 4);
    out.integer(elements.size(), 8);
    elements.forEach(element -> out.value(elementType, element));
    fields.put(key, out.bytes.toByteArray());
    return this;
  }

  private GgufFields put(String key, GgufType type, Object value) {
    var out = new Encoder();
    out.integer(type.id(), 4);
    out.value(type, value);
    fields.put(key, out.bytes.toByteArray());
    return this;
  }

  /** The file up to its data, for tensors that follow each other in this order. */
  byte[] header(List<SliceTensor> tensors) {
    var out = new Encoder();
    out.integer(MAGIC, 4);
    out.integer(VERSION, 4);
    out.integer(tensors.size(), 8);
    out.integer(fields.size(), 8);
    fields.forEach(
        (key, value) -> {
          out.string(key);
          out.bytes.writeBytes(value);
        });
    long offset = 0;
    for (SliceTensor tensor : tensors) {
      out.string(tensor.name());
      out.integer(tensor.shape().size(), 4);
      tensor.shape().reversed().forEach(dimension -> out.integer(dimension, 8));
      out.integer(tensor.type().ggmlId(), 4);
      out.integer(offset, 8);
      offset = aligned(offset + tensor.bytes());
    }
    out.integer(0, (int) (aligned(out.bytes.size()) - out.bytes.size()));
    return out.bytes.toByteArray();
  }

  static long aligned(long position) {
    return (position + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }

  private static final class Encoder {
    final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    /** The low {@code count} bytes of a value, the lowest first. */
    void integer(long value, int count) {
      for (int i = 0; i < count; i++) {
        bytes.write(i < Long.BYTES ? (int) (value >> (8 * i)) : 0);
      }
    }

    void string(String text) {
      byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
      integer(utf8.length, Long.BYTES);
      bytes.writeBytes(utf8);
    }

    void value(GgufType type, Object value) {
      switch (type) {
        case STRING -> string((String) value);
        case BOOL -> integer((Boolean) value ? 1 : 0, 1);
        case UINT32, INT32 -> integer(((Number) value).longValue(), 4);
        case FLOAT32 -> integer(Float.floatToRawIntBits((Float) value), 4);
        default -> throw new IllegalArgumentException("no slice has a field of type " + type);
      }
    }
  }
}
