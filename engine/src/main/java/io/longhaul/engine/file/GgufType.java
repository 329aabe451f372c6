package io.longhaul.engine.file;

import java.util.Optional;

/**
 * The types of metadata values in a GGUF file.
 *
 * @see <a href="https://github.com/ggml-org/ggml/blob/master/docs/gguf.md">the GGUF
 *     specification</a>
 */
public enum GgufType {
  UINT8(0, 1),
  INT8(1, 1),
  UINT16(2, 2),
  INT16(3, 2),
  UINT32(4, 4),
  INT32(5, 4),
  FLOAT32(6, 4),
  BOOL(7, 1),
  /** A 64-bit length, then UTF-8. */
  STRING(8, 8),
  /** The 32-bit type of the elements, their 64-bit count, then the elements. */
  ARRAY(9, 12),
  UINT64(10, 8),
  INT64(11, 8),
  FLOAT64(12, 8);

  private final int id;
  private final int leastBytes;

  GgufType(int id, int leastBytes) {
    this.id = id;
    this.leastBytes = leastBytes;
  }

  /** The id that stands in the file. */
  public int id() {
    return id;
  }

  /** Bytes that a value takes in the file; of a string or an array, an empty one. */
  int leastBytes() {
    return leastBytes;
  }

  /** The type with this id, empty if the specification has none. */
  static Optional<GgufType> ofId(long id) {
    for (GgufType type : values()) {
      if (type.id == id) {
        return Optional.of(type);
      }
    }
    return Optional.empty();
  }
}
