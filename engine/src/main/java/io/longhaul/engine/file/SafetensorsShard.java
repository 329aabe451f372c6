package io.longhaul.engine.file;

import io.longhaul.engine.ModelException;
import io.longhaul.engine.tensor.Tensor;
import io.longhaul.engine.tensor.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What one safetensors file holds: the length of the header in 64 bits, the header as a JSON object
 * of tensors by name, then the tensors' bytes without gaps.
 *
 * <p>As the format has it, a tensor may be a scalar (shape {@code []}) or empty (a dimension of 0),
 * and its bytes need not be aligned.
 *
 * @param mapped the whole file
 * @param metadata the strings of {@code __metadata__}
 * @param tensors in the order of the header
 * @see <a href="https://github.com/huggingface/safetensors#format">the format</a>
 */
record SafetensorsShard(
    Path path, MemorySegment mapped, Map<String, String> metadata, List<Tensor> tensors) {
  // More than the convolutions of any vision model have.
  private static final int MAX_DIMENSIONS = 8;
  private static final String METADATA = "__metadata__";
  // The heap that an entry takes beyond its name and value, roughly, and not less.
  private static final int TENSOR_OBJECTS = 400;
  private static final int STRING_OBJECTS = 96;
  private static final ValueLayout.OfLong LITTLE_LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /**
   * Maps and reads one file.
   *
   * @throws ModelException if it is not a whole, sound safetensors file
   */
  static SafetensorsShard read(Path path, Arena arena, HeaderBudget budget) {
    MemorySegment file = MappedFile.map(path, arena);
    MemorySegment header = header(path, file);
    MemorySegment data = file.asSlice(Long.BYTES + header.byteSize());
    Parser parser =
        HeaderJson.read(
            path.toString(),
            new SegmentInput(header),
            budget,
            json -> new Parser(path, json, data).read());
    return parser.shard(file);
  }

  private static MemorySegment header(Path path, MemorySegment file) {
    if (file.byteSize() < Long.BYTES + 2) {
      throw new ModelException(
          "%s: the file has %d bytes, too few for a safetensors header"
              .formatted(path, file.byteSize()));
    }
    long length = file.get(LITTLE_LONG, 0);
    long most = Math.min(HeaderJson.MAX_BYTES, file.byteSize() - Long.BYTES);
    if (length < 2 || length > most) {
      throw new ModelException(
          "%s: the header length is %s, expected 2 to %d; the file is cut short, damaged or not safetensors"
              .formatted(path, Long.toUnsignedString(length), most));
    }
    if (file.get(ValueLayout.JAVA_BYTE, Long.BYTES) != '{') {
      throw new ModelException(path + ": the header does not begin with {; not a safetensors file");
    }
    return file.asSlice(Long.BYTES, length);
  }

  /** Reads the header's object. */
  private static final class Parser {
    private final Path path;
    private final HeaderJson json;
    private final MemorySegment data;
    private final Map<String, String> metadata = new LinkedHashMap<>();
    private final List<Entry> entries = new ArrayList<>();
    private final Set<String> names = new HashSet<>();

    Parser(Path path, HeaderJson json, MemorySegment data) {
      this.path = path;
      this.json = json;
      this.data = data;
    }

    Parser read() {
      json.object("the header", this::field);
      return this;
    }

    SafetensorsShard shard(MemorySegment file) {
      requireGapless();
      return new SafetensorsShard(
          path,
          file,
          Collections.unmodifiableMap(metadata),
          entries.stream()
              .map(e -> new Tensor(e.name, e.type, e.shape, data.asSlice(e.begin, e.end - e.begin)))
              .toList());
    }

    private void field(String name) {
      String what = name.equals(METADATA) ? METADATA : "tensor " + Shown.name(name);
      json.reserve(what, TENSOR_OBJECTS, name);
      if (!names.add(name)) {
        throw json.error(what, "the name occurs twice");
      }
      if (name.equals(METADATA)) {
        json.object(METADATA, this::metadata);
      } else {
        entries.add(entry(name, what));
      }
    }

    private void metadata(String key) {
      String what = METADATA + " field " + Shown.name(key);
      String value = json.string(what);
      json.reserve(what, STRING_OBJECTS, key, value);
      if (metadata.putIfAbsent(key, value) != null) {
        throw json.error(what, "the key occurs twice");
      }
    }

    private Entry entry(String name, String what) {
      if (name.isEmpty()) {
        throw json.error(what, "the name is empty");
      }
      var fields = new EntryFields(json, what);
      json.object(what, fields::read);
      return fields.entry(name, data.byteSize());
    }

    /** The format forbids holes, so every byte of the file has one owner. */
    private void requireGapless() {
      List<Entry> sorted = new ArrayList<>(entries);
      sorted.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
      long end = 0;
      for (Entry entry : sorted) {
        if (entry.begin != end) {
          throw json.error(
              "tensor " + Shown.name(entry.name),
              "data_offsets begin at %d, but the tensor before ends at %d"
                  .formatted(entry.begin, end));
        }
        end = entry.end;
      }
      if (end != data.byteSize()) {
        throw json.error(
            "the data",
            "the tensors end at byte %d, but the file has %d bytes of data"
                .formatted(end, data.byteSize()));
      }
    }
  }

  /** A tensor as the header describes it; the offsets count from the start of the data. */
  private record Entry(String name, TensorType type, List<Long> shape, long begin, long end) {}

  /** Collects and checks the three fields of a tensor's entry. */
  private static final class EntryFields {
    private final HeaderJson json;
    private final String what;
    private TensorType type;
    private long[] shape;
    private long[] offsets;

    EntryFields(HeaderJson json, String what) {
      this.json = json;
      this.what = what;
    }

    void read(String field) {
      switch (field) {
        case "dtype" -> type = once(field, type, type(json.string(what + ": dtype")));
        case "shape" -> shape = once(field, shape, json.naturals(what + ": shape", MAX_DIMENSIONS));
        case "data_offsets" ->
            offsets = once(field, offsets, json.naturals(what + ": data_offsets", 2));
        default -> throw json.error(what, "unknown field " + Shown.name(field));
      }
    }

    private <T> T once(String field, T before, T now) {
      if (before != null) {
        throw json.error(what, field + " occurs twice");
      }
      return now;
    }

    private TensorType type(String dtype) {
      return switch (dtype) {
        case "F64" -> TensorType.F64;
        case "F32" -> TensorType.F32;
        case "F16" -> TensorType.F16;
        case "BF16" -> TensorType.BF16;
        case "F8_E4M3" -> TensorType.F8_E4M3;
        case "I64" -> TensorType.I64;
        case "I32" -> TensorType.I32;
        case "I16" -> TensorType.I16;
        case "I8" -> TensorType.I8;
        case "U8" -> TensorType.U8;
        case "BOOL" -> TensorType.BOOL;
        default -> throw json.error(what, "dtype %s is not supported".formatted(Shown.name(dtype)));
      };
    }

    Entry entry(String name, long dataBytes) {
      if (type == null || shape == null || offsets == null || offsets.length != 2) {
        throw json.error(what, "expected dtype, shape, and data_offsets of two numbers");
      }
      List<Long> dimensions = Arrays.stream(shape).boxed().toList();
      long begin = offsets[0];
      long end = offsets[1];
      if (begin > end || end > dataBytes) {
        throw json.error(
            what,
            "data_offsets [%d, %d] are not within the %d bytes of data; the file is cut short or damaged"
                .formatted(begin, end, dataBytes));
      }
      if (bytes(dimensions) != end - begin) {
        throw json.error(
            what,
            "shape %s of dtype %s takes %d bytes, but data_offsets hold %d"
                .formatted(dimensions, type, bytes(dimensions), end - begin));
      }
      return new Entry(name, type, dimensions, begin, end);
    }

    private long bytes(List<Long> dimensions) {
      try {
        return Shapes.bytes(type, dimensions);
      } catch (ArithmeticException e) {
        throw json.error(what, "shape %s of dtype %s is too large".formatted(dimensions, type));
      }
    }
  }
}
