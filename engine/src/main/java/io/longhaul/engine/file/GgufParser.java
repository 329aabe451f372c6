package io.longhaul.engine.file;

import io.longhaul.engine.ModelException;
import io.longhaul.engine.tensor.Tensor;
import io.longhaul.engine.tensor.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Reads the header of a GGUF file: magic, version, counts, metadata pairs, tensor descriptions.
 *
 * <p>The tensors' bytes follow at the next multiple of the alignment; the offsets of the
 * descriptions count from there.
 *
 * @see <a href="https://github.com/ggml-org/ggml/blob/master/docs/gguf.md">the GGUF
 *     specification</a>
 */
final class GgufParser {
  /** "GGUF", read as a little-endian integer. */
  static final int MAGIC = 0x46554747;

  static final String ALIGNMENT = "general.alignment";
  static final int DEFAULT_ALIGNMENT = 32;
  static final int MAX_DIMENSIONS = 4;

  private static final long MAX_ALIGNMENT = 1 << 30;
  // A name of one byte, a type, and a value of one byte.
  private static final int LEAST_PAIR_BYTES = 8 + 1 + 4 + 1;
  // A name of one byte, no dimensions, a type, and an offset.
  private static final int LEAST_TENSOR_BYTES = 8 + 1 + 4 + 4 + 8;
  // The heap that an entry takes beyond its name and value, roughly, and not less.
  private static final int PAIR_OBJECTS = 96;
  private static final int TENSOR_OBJECTS = 400;

  private final Path path;
  private final MemorySegment file;
  private final Cursor cursor;

  private GgufParser(Path path, MemorySegment file, HeaderBudget budget) {
    this.path = path;
    this.file = file;
    this.cursor = new Cursor(path.toString(), file, budget);
  }

  /**
   * Maps and reads one file.
   *
   * @throws ModelException if it is not a whole, sound GGUF file of version 2 or 3
   */
  static GgufPart read(Path path, Arena arena, HeaderBudget budget) {
    return new GgufParser(path, MappedFile.map(path, arena), budget).part();
  }

  private GgufPart part() {
    magic();
    int version = version();
    long tensorCount = cursor.count(LEAST_TENSOR_BYTES, "the tensor count");
    long pairCount = cursor.count(LEAST_PAIR_BYTES, "the metadata count");
    Map<String, Object> metadata = pairs(pairCount);
    List<Description> descriptions = descriptions(tensorCount);
    List<Tensor> tensors = tensors(descriptions, alignment(metadata));
    return new GgufPart(path, file, version, new Metadata(path.toString(), metadata), tensors);
  }

  private void magic() {
    if (cursor.i32("the magic number") != MAGIC) {
      throw cursor.error("the file does not begin with GGUF; it is not a GGUF file or is damaged");
    }
  }

  private int version() {
    int version = cursor.i32("the version");
    if (version == 2 || version == 3) {
      return version;
    }
    if ((version & 0xffff) == 0 && version != 0) {
      throw cursor.error(
          "the file is big-endian (version %d); convert it to little-endian"
              .formatted(Integer.toUnsignedLong(Integer.reverseBytes(version))));
    }
    throw cursor.error(
        "GGUF version %s is not supported, only 2 and 3; convert the model again"
            .formatted(Integer.toUnsignedString(version)));
  }

  private Map<String, Object> pairs(long count) {
    cursor.reserve(count, PAIR_OBJECTS, "the metadata");
    Map<String, Object> pairs = new LinkedHashMap<>();
    var values = new GgufValues(cursor);
    for (long i = 0; i < count; i++) {
      cursor.enter("metadata field " + i);
      String key = name("the key");
      cursor.enter("metadata field " + Shown.name(key));
      if (pairs.putIfAbsent(key, values.read()) != null) {
        throw cursor.error("the key occurs twice");
      }
    }
    return pairs;
  }

  private String name(String what) {
    String name = cursor.string(what);
    if (name.isEmpty()) {
      throw cursor.error(what + " is empty");
    }
    return name;
  }

  private long alignment(Map<String, Object> metadata) {
    Object value = metadata.getOrDefault(ALIGNMENT, (long) DEFAULT_ALIGNMENT);
    if (value instanceof Long alignment && isAlignment(alignment)) {
      return alignment;
    }
    cursor.enter("metadata field " + ALIGNMENT);
    throw cursor.error(
        "the value is %s, expected a power of two up to %d"
            .formatted(Shown.name(value.toString()), MAX_ALIGNMENT));
  }

  static boolean isAlignment(long value) {
    return value > 0 && value <= MAX_ALIGNMENT && Long.bitCount(value) == 1;
  }

  /**
   * A tensor as the header describes it.
   *
   * @param offset from the start of the data, in bytes
   */
  private record Description(
      String name, TensorType type, List<Long> shape, long bytes, long offset) {
    long end() {
      return offset + bytes;
    }
  }

  private List<Description> descriptions(long count) {
    cursor.reserve(count, TENSOR_OBJECTS, "the tensors");
    List<Description> descriptions = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (long i = 0; i < count; i++) {
      cursor.enter("tensor " + i);
      String name = name("the name");
      cursor.enter("tensor " + Shown.name(name));
      if (!names.add(name)) {
        throw cursor.error("the name occurs twice");
      }
      descriptions.add(description(name));
    }
    return descriptions;
  }

  private Description description(String name) {
    List<Long> shape = shape();
    long id = cursor.u32("the type");
    TensorType type =
        TensorType.ofGgmlId((int) id)
            .orElseThrow(
                () ->
                    cursor.error(
                        "type id %d is unknown; use a model with another quantization"
                            .formatted(id)));
    if (Shapes.row(shape) % type.blockSize() != 0) {
      throw cursor.error(
          "shape %s of type %s: a row must be a multiple of %d"
              .formatted(shape, type, type.blockSize()));
    }
    long offset = cursor.i64("the offset");
    try {
      return new Description(name, type, shape, Shapes.bytes(type, shape), offset);
    } catch (ArithmeticException e) {
      throw cursor.error("shape %s of type %s is too large".formatted(shape, type));
    }
  }

  /** The dimensions, outermost first: the reverse of the file's order. */
  private List<Long> shape() {
    long dimensions = cursor.u32("the number of dimensions");
    if (dimensions > MAX_DIMENSIONS) {
      throw cursor.error(
          "the number of dimensions is %d, expected at most %d"
              .formatted(dimensions, MAX_DIMENSIONS));
    }
    List<Long> shape = new ArrayList<>();
    for (int i = 0; i < dimensions; i++) {
      long dimension = cursor.i64("a dimension");
      if (dimension <= 0) {
        throw cursor.error(
            "dimension %d is %s, expected a positive number below 2^63"
                .formatted(i, Long.toUnsignedString(dimension)));
      }
      shape.addFirst(dimension);
    }
    return List.copyOf(shape);
  }

  private List<Tensor> tensors(List<Description> descriptions, long alignment) {
    long dataStart = (cursor.position() + alignment - 1) & -alignment;
    long dataBytes = Math.max(0, file.byteSize() - dataStart);
    for (Description d : descriptions) {
      cursor.enter("tensor " + Shown.name(d.name));
      if ((d.offset & (alignment - 1)) != 0) {
        throw cursor.error(
            "offset %s is not a multiple of the alignment %d"
                .formatted(Long.toUnsignedString(d.offset), alignment));
      }
      if (d.offset < 0 || d.offset > dataBytes || d.bytes > dataBytes - d.offset) {
        throw cursor.error(
            "offset %s and %d bytes go beyond the %d bytes of data; the file is cut short or damaged"
                .formatted(Long.toUnsignedString(d.offset), d.bytes, dataBytes));
      }
    }
    requireDisjoint(descriptions);
    return descriptions.stream()
        .map(d -> new Tensor(d.name, d.type, d.shape, file.asSlice(dataStart + d.offset, d.bytes)))
        .toList();
  }

  private void requireDisjoint(List<Description> descriptions) {
    List<Description> sorted = new ArrayList<>(descriptions);
    sorted.sort(Comparator.comparingLong(Description::offset));
    for (int i = 1; i < sorted.size(); i++) {
      Description before = sorted.get(i - 1);
      Description d = sorted.get(i);
      if (d.offset < before.end()) {
        cursor.enter("tensor " + Shown.name(d.name));
        throw cursor.error(
            "offset %d lies within tensor %s".formatted(d.offset, Shown.name(before.name)));
      }
    }
  }
}
