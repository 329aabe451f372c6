package io.longhaul.engine.file;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Builds the bytes of a GGUF file field by field, sound or not, and remembers where the fields are.
 */
final class GgufBytes {
  /** A field that a mutation may overwrite. */
  record Field(int offset, int size) {}

  /** A whole metadata pair or tensor description. */
  record Section(int start, int end, int countOffset) {}

  static final int TENSOR_COUNT_OFFSET = 8;
  static final int PAIR_COUNT_OFFSET = 16;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final List<Field> fields = new ArrayList<>();
  private final List<Section> sections = new ArrayList<>();

  /** The start of a file of version 3. */
  static GgufBytes header(long tensors, long pairs) {
    return header(3, tensors, pairs);
  }

  static GgufBytes header(int version, long tensors, long pairs) {
    return new GgufBytes().raw('G', 'G', 'U', 'F').u32(version).u64(tensors).u64(pairs);
  }

  GgufBytes raw(int... bytes) {
    for (int b : bytes) {
      out.write(b);
    }
    return this;
  }

  GgufBytes u8(long value) {
    return integer(value, 1);
  }

  GgufBytes u32(long value) {
    return integer(value, 4);
  }

  GgufBytes u64(long value) {
    return integer(value, 8);
  }

  private GgufBytes integer(long value, int size) {
    fields.add(new Field(out.size(), size));
    for (int i = 0; i < size; i++) {
      out.write((int) (value >> (8 * i)));
    }
    return this;
  }

  GgufBytes string(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    u64(utf8.length);
    out.writeBytes(utf8);
    return this;
  }

  /** A metadata pair; {@code value} writes the value after its type. */
  GgufBytes pair(String key, GgufType type, Runnable value) {
    int start = out.size();
    string(key).u32(type.id());
    value.run();
    sections.add(new Section(start, out.size(), PAIR_COUNT_OFFSET));
    return this;
  }

  GgufBytes uint32(String key, long value) {
    return pair(key, GgufType.UINT32, () -> u32(value));
  }

  /** The head of an array: its elements must follow. */
  GgufBytes array(GgufType elementType, long count) {
    return u32(elementType.id()).u64(count);
  }

  /** A tensor description, dimensions in the file's order: innermost first. */
  GgufBytes tensor(String name, int type, long offset, long... dimensions) {
    int start = out.size();
    string(name).u32(dimensions.length);
    for (long dimension : dimensions) {
      u64(dimension);
    }
    u32(type).u64(offset);
    sections.add(new Section(start, out.size(), TENSOR_COUNT_OFFSET));
    return this;
  }

  /** Pads the header to the alignment and adds so many bytes of data. */
  GgufBytes data(int alignment, int bytes) {
    while (out.size() % alignment != 0) {
      out.write(0);
    }
    for (int i = 0; i < bytes; i++) {
      out.write(i);
    }
    return this;
  }

  GgufBytes data(int bytes) {
    return data(GgufParser.DEFAULT_ALIGNMENT, bytes);
  }

  byte[] bytes() {
    return out.toByteArray();
  }

  List<Field> fields() {
    return fields;
  }

  List<Section> sections() {
    return sections;
  }

  /** A small sound file with every kind of value, nested arrays, and several tensor types. */
  static GgufBytes sound() {
    GgufBytes file = header(4, 8);
    file.pair("general.architecture", GgufType.STRING, () -> file.string("llama"));
    file.uint32("general.alignment", 32);
    file.pair("a.float", GgufType.FLOAT32, () -> file.u32(Float.floatToRawIntBits(1e-5f)));
    file.pair("a.bool", GgufType.BOOL, () -> file.u8(1));
    file.pair("a.big", GgufType.UINT64, () -> file.u64(-1));
    file.pair(
        "tokens",
        GgufType.ARRAY,
        () -> file.array(GgufType.STRING, 3).string("a").string("Ġthe").string(""));
    file.pair("types", GgufType.ARRAY, () -> file.array(GgufType.INT32, 3).u32(1).u32(-1).u32(3));
    file.pair(
        "nested",
        GgufType.ARRAY,
        () -> {
          file.array(GgufType.ARRAY, 2);
          file.array(GgufType.UINT8, 2).u8(1).u8(2);
          file.array(GgufType.STRING, 1).string("x");
        });
    return file.tensor("f32.weight", 0, 0, 5, 3)
        .tensor("q4_0.weight", 2, 64, 32, 2)
        .tensor("i8.weight", 24, 128, 2, 2, 2, 2)
        .tensor("scalar", 0, 160)
        .data(164);
  }
}
