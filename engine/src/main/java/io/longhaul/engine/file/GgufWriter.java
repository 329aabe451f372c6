package io.longhaul.engine.file;

import io.longhaul.engine.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

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

  private final Map<String, Value> metadata = new LinkedHashMap<>();
  private final Map<String, Tensor> tensors = new LinkedHashMap<>();

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
    String name = tensor.name();
    if (name.isEmpty() || tensors.containsKey(name)) {
      throw new IllegalArgumentException("tensor name '" + name + "' is empty or there already");
    }
    if (tensor.type().ggmlId() < 0) {
      throw new IllegalArgumentException(name + ": GGUF has no type " + tensor.type());
    }
    new GgufEncoder().string(name);
    List<Long> shape = tensor.shape();
    if (shape.size() > GgufParser.MAX_DIMENSIONS
        || shape.stream().anyMatch(dimension -> dimension <= 0)
        || Shapes.row(shape) % tensor.type().blockSize() != 0
        || Shapes.bytes(tensor.type(), shape) != tensor.data().byteSize()) {
      throw new IllegalArgumentException(
          "%s: shape %s of type %s does not fit GGUF or the %d bytes of data"
              .formatted(name, shape, tensor.type(), tensor.data().byteSize()));
    }
    tensors.put(name, tensor);
    return this;
  }

  /**
   * Writes the file under a temporary name in its folder, syncs it, and renames it, so that the
   * name never leads to half a file.
   *
   * @return the file
   * @throws IOException if it cannot be written; a file of this name then stays as it was
   */
  public Path write(Path file) throws IOException {
    Path target = file.toAbsolutePath();
    Path temporary = target.resolveSibling("." + target.getFileName() + "." + UUID.randomUUID());
    try {
      try (FileChannel channel =
          FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        writeTo(channel);
        channel.force(true);
      }
      Files.move(
          temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(temporary);
    }
    return file;
  }

  private void writeTo(FileChannel channel) throws IOException {
    writeAll(channel, ByteBuffer.wrap(header()));
    for (Tensor tensor : tensors.values()) {
      channel.position(aligned(channel.position()));
      MemorySegment data = tensor.data();
      for (long at = 0; at < data.byteSize(); at += CHUNK) {
        long count = Math.min(CHUNK, data.byteSize() - at);
        writeAll(channel, data.asSlice(at, count).asByteBuffer());
      }
    }
    pad(channel);
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
    for (Tensor tensor : tensors.values()) {
      out.string(tensor.name());
      out.integer(tensor.shape().size(), 4);
      for (long dimension : tensor.shape().reversed()) {
        out.integer(dimension, 8);
      }
      out.integer(tensor.type().ggmlId(), 4);
      out.integer(offset, 8);
      offset = aligned(offset + tensor.data().byteSize());
    }
    return out.toBytes();
  }

  /** Fills up to the alignment: readers expect even the last tensor padded. */
  private void pad(FileChannel channel) throws IOException {
    long missing = aligned(channel.position()) - channel.position();
    writeAll(channel, ByteBuffer.allocate(Math.toIntExact(missing)));
  }

  private long aligned(long position) {
    long alignment =
        Optional.ofNullable(metadata.get(GgufParser.ALIGNMENT))
            .map(value -> ((Number) value.value()).longValue())
            .orElse((long) GgufParser.DEFAULT_ALIGNMENT);
    return (position + alignment - 1) & -alignment;
  }

  private static void writeAll(FileChannel channel, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }
}
