package io.longhaul.engine.file;

import io.longhaul.engine.tensor.Tensor;
import io.longhaul.engine.tensor.TensorType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Writes a GGUF file, version 3, little-endian.
 *
 * <p>Metadata and tensors keep the order in which they are added. What cannot be written as a sound
 * file is refused with {@code IllegalArgumentException} when it is added.
 */
public final class GgufWriter {
  private static final int VERSION = 3;
  // Under 2 GiB, which a ByteBuffer can address.
  private static final long CHUNK = 64 << 20;

  private record Value(GgufType type, Object value) {}

  private record Entry(TensorType type, List<Long> shape, TensorContent content) {
    long bytes() {
      return Shapes.bytes(type, shape);
    }
  }

  private final Map<String, Value> metadata = new LinkedHashMap<>();
  private final Map<String, Entry> tensors = new LinkedHashMap<>();

  /**
   * Adds a metadata field.
   *
   * @param value a {@code Boolean}, {@code String}, {@code Number} or {@link GgufArray}, as the
   *     type demands
   */
  public GgufWriter put(String key, GgufType type, Object value) {
    if (key.isEmpty() || metadata.containsKey(key)) {
      throw new IllegalArgumentException("metadata key '" + key + "' is empty or there already");
    }
    var trial = new GgufEncoder();
    trial.string(key);
    trial.value(key, type, value);
    if (key.equals(GgufParser.ALIGNMENT)
        && !(type == GgufType.UINT32 && GgufParser.isAlignment(((Number) value).longValue()))) {
      throw new IllegalArgumentException(key + ": " + value + " is not a UINT32 power of two");
    }
    metadata.put(key, new Value(type, value));
    return this;
  }

  public GgufWriter string(String key, String value) {
    return put(key, GgufType.STRING, value);
  }

  public GgufWriter bool(String key, boolean value) {
    return put(key, GgufType.BOOL, value);
  }

  public GgufWriter uint32(String key, long value) {
    return put(key, GgufType.UINT32, value);
  }

  public GgufWriter float32(String key, float value) {
    return put(key, GgufType.FLOAT32, value);
  }

  public GgufWriter array(String key, GgufType elementType, List<?> elements) {
    return put(key, GgufType.ARRAY, new GgufArray(elementType, elements));
  }

  /** Adds a tensor, of up to 4 dimensions and of a type that GGUF has. */
  public GgufWriter tensor(Tensor tensor) {
    MemorySegment data = tensor.data();
    return tensor(
        tensor.name(), tensor.type(), tensor.shape(), data.byteSize(), sink -> copy(data, sink));
  }

  /**
   * Adds a tensor whose bytes are made when the file is written.
   *
   * @param shape outermost dimension first
   */
  public GgufWriter tensor(String name, TensorType type, List<Long> shape, TensorContent content) {
    return tensor(name, type, shape, Shapes.bytes(type, shape), content);
  }

  private GgufWriter tensor(
      String name, TensorType type, List<Long> shape, long bytes, TensorContent content) {
    if (name.isEmpty() || tensors.containsKey(name)) {
      throw new IllegalArgumentException("tensor name '" + name + "' is empty or there already");
    }
    if (type.ggmlId() < 0) {
      throw new IllegalArgumentException(name + ": GGUF has no type " + type);
    }
    new GgufEncoder().string(name);
    if (shape.size() > GgufParser.MAX_DIMENSIONS
        || shape.stream().anyMatch(dimension -> dimension <= 0)
        || Shapes.row(shape) % type.blockSize() != 0
        || Shapes.bytes(type, shape) != bytes) {
      throw new IllegalArgumentException(
          "%s: shape %s of type %s does not fit GGUF or the %d bytes of data"
              .formatted(name, shape, type, bytes));
    }
    tensors.put(name, new Entry(type, List.copyOf(shape), content));
    return this;
  }

  /** The size of the file, in bytes. */
  public long size() {
    long size = aligned(header().length);
    for (Entry tensor : tensors.values()) {
      size = aligned(size + tensor.bytes());
    }
    return size;
  }

  /**
   * Writes the file under a temporary name in its folder, syncs it, and renames it, so that the
   * name never leads to half a file.
   *
   * @return the file
   * @throws IOException if it cannot be written; a file of this name then stays as it was
   */
  public Path write(Path file) throws IOException {
    UnfinishedFile.write(file, this::writeTo);
    return file;
  }

  private void writeTo(FileChannel channel) throws IOException {
    ByteBuffer header = ByteBuffer.wrap(header());
    long at = header.remaining();
    writeAll(channel, 0, header);
    at = pad(channel, at);
    for (Entry tensor : tensors.values()) {
      long start = at;
      tensor.content().writeTo((offset, bytes) -> writeAll(channel, start + offset, bytes));
      // Readers expect even the last tensor padded.
      at = pad(channel, start + tensor.bytes());
    }
  }

  private static void copy(MemorySegment data, TensorContent.Sink sink) throws IOException {
    for (long at = 0; at < data.byteSize(); at += CHUNK) {
      long count = Math.min(CHUNK, data.byteSize() - at);
      sink.write(at, data.asSlice(at, count).asByteBuffer());
    }
  }

  private byte[] header() {
    var out = new GgufEncoder();
    out.integer(GgufParser.MAGIC, 4);
    out.integer(VERSION, 4);
    out.integer(tensors.size(), 8);
    out.integer(metadata.size(), 8);
    metadata.forEach(
        (key, value) -> {
          out.string(key);
          out.integer(value.type().id(), 4);
          out.value(key, value.type(), value.value());
        });
    long offset = 0;
    for (Map.Entry<String, Entry> named : tensors.entrySet()) {
      Entry tensor = named.getValue();
      out.string(named.getKey());
      out.integer(tensor.shape().size(), 4);
      for (long dimension : tensor.shape().reversed()) {
        out.integer(dimension, 8);
      }
      out.integer(tensor.type().ggmlId(), 4);
      out.integer(offset, 8);
      offset = aligned(offset + tensor.bytes());
    }
    return out.toBytes();
  }

  /** Fills up to the alignment; returns the next position. */
  private long pad(FileChannel channel, long at) throws IOException {
    long next = aligned(at);
    writeAll(channel, at, ByteBuffer.allocate(Math.toIntExact(next - at)));
    return next;
  }

  private long aligned(long position) {
    long alignment =
        Optional.ofNullable(metadata.get(GgufParser.ALIGNMENT))
            .map(value -> ((Number) value.value()).longValue())
            .orElse((long) GgufParser.DEFAULT_ALIGNMENT);
    return (position + alignment - 1) & -alignment;
  }

  private static void writeAll(FileChannel channel, long at, ByteBuffer bytes) throws IOException {
    long position = at;
    while (bytes.hasRemaining()) {
      position += channel.write(bytes, position);
    }
  }
}
