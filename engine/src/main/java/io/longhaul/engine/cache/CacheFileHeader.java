package io.longhaul.engine.cache;

import io.longhaul.engine.ModelException;
import io.longhaul.engine.cache.CacheLayout.Plane;
import io.longhaul.engine.file.Shown;
import io.longhaul.engine.tensor.TensorType;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/**
 * The first part of a {@link CacheFile}.
 *
 * @param pageSize positions of a page
 * @param tokens as the file says; not checked before {@link #check}
 */
record CacheFileHeader(
    ModelIdentity model, long pageSize, long tokens, List<StoredPlane> planes, long fileBytes) {
  private static final byte[] MAGIC = "LHCACHE\n".getBytes(StandardCharsets.US_ASCII);
  private static final int VERSION = 1;

  /** Magic, version, and the sizes of header and file. */
  private static final int PREFIX_BYTES = 24;

  private static final int CHECKSUM_BYTES = 4;
  private static final int MAX_NAME_BYTES = 1024;
  // A plane takes 16 bytes; no model has tens of thousands of layers.
  private static final int MAX_BYTES = 1 << 20;

  static CacheFileHeader of(ModelIdentity model, CacheLayout layout, long tokens) {
    List<StoredPlane> planes = layout.planes().stream().map(StoredPlane::of).toList();
    long bytes = headerBytes(model, planes.size());
    return new CacheFileHeader(
        model, CacheLayout.PAGE_SIZE, tokens, planes, fileBytes(bytes, layout, tokens));
  }

  private static long headerBytes(ModelIdentity model, int planes) {
    return PREFIX_BYTES
        + ModelIdentity.FINGERPRINT_BYTES
        + Integer.BYTES
        + name(model).length
        + Integer.BYTES
        + Long.BYTES
        + Integer.BYTES
        + (long) planes * StoredPlane.BYTES
        + CHECKSUM_BYTES;
  }

  private static long fileBytes(long headerBytes, CacheLayout layout, long tokens) {
    return headerBytes
        + tokens * Integer.BYTES
        + CHECKSUM_BYTES
        + layout.pages(tokens) * (layout.pageBytes() + CHECKSUM_BYTES);
  }

  private static byte[] name(ModelIdentity model) {
    byte[] name = model.name().getBytes(StandardCharsets.UTF_8);
    return name.length <= MAX_NAME_BYTES ? name : Arrays.copyOf(name, MAX_NAME_BYTES);
  }

  static ByteBuffer buffer(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** All but the checksum. */
  byte[] encode() {
    long bytes = headerBytes(model, planes.size());
    if (bytes > MAX_BYTES) {
      throw new ModelException("a cache of " + planes.size() + " planes cannot be saved");
    }
    byte[] encoded = new byte[(int) bytes - CHECKSUM_BYTES];
    byte[] name = name(model);
    ByteBuffer out =
        buffer(encoded)
            .put(MAGIC)
            .putInt(VERSION)
            .putInt((int) bytes)
            .putLong(fileBytes)
            .put(HexFormat.of().parseHex(model.fingerprint()))
            .putInt(name.length)
            .put(name)
            .putInt((int) pageSize)
            .putLong(tokens)
            .putInt(planes.size());
    for (StoredPlane plane : planes) {
      out.putInt(plane.type).putInt(plane.order).putInt(plane.rows).putInt(plane.columns);
    }
    return encoded;
  }

  /**
   * Reads a header that is whole, of a file that is as long as it says.
   *
   * @param size bytes of the file
   */
  static CacheFileHeader read(Path path, ChecksumReader in, long size) throws IOException {
    if (size < PREFIX_BYTES) {
      throw new ModelException(
          "%s: the file has %d bytes, too few for a saved session".formatted(path, size));
    }
    ByteBuffer prefix = buffer(in.read("the header", PREFIX_BYTES));
    byte[] magic = new byte[MAGIC.length];
    prefix.get(magic);
    if (!Arrays.equals(magic, MAGIC)) {
      throw new ModelException(
          "%s: does not begin as a saved session does, but with the bytes %s"
              .formatted(path, HexFormat.ofDelimiter(" ").formatHex(magic)));
    }
    int version = prefix.getInt();
    if (version != VERSION) {
      throw new ModelException(
          "%s: version is %s, expected %d; save the session anew with this version of Longhaul"
              .formatted(path, Integer.toUnsignedString(version), VERSION));
    }
    long bytes = Integer.toUnsignedLong(prefix.getInt());
    long fileBytes = prefix.getLong();
    long most = Math.min(MAX_BYTES, size);
    if (bytes < PREFIX_BYTES + CHECKSUM_BYTES || bytes > most) {
      throw new ModelException(
          "%s: the header's length is %d, expected %d to %d; the file is cut short or damaged"
              .formatted(path, bytes, PREFIX_BYTES + CHECKSUM_BYTES, most));
    }
    byte[] fields = in.read("the header", (int) bytes - PREFIX_BYTES - CHECKSUM_BYTES);
    in.checksum("the header");
    if (Long.compareUnsigned(fileBytes, size) > 0) {
      throw new ModelException(
          "%s: the file has %d bytes, but %s were written; it is cut short, copy it again"
              .formatted(path, size, Long.toUnsignedString(fileBytes)));
    }
    if (fileBytes != size) {
      throw new ModelException(
          "%s: the session ends at byte %d, but the file has %d; what follows is not part of it"
              .formatted(path, fileBytes, size));
    }
    return fields(path, buffer(fields), fileBytes);
  }

  private static CacheFileHeader fields(Path path, ByteBuffer in, long fileBytes) {
    try {
      byte[] fingerprint = new byte[ModelIdentity.FINGERPRINT_BYTES];
      in.get(fingerprint);
      long nameBytes = Integer.toUnsignedLong(in.getInt());
      if (nameBytes > MAX_NAME_BYTES) {
        throw new ModelException(
            "%s: the model's name has %d bytes, expected at most %d; delete the file"
                .formatted(path, nameBytes, MAX_NAME_BYTES));
      }
      byte[] name = new byte[(int) nameBytes];
      in.get(name);
      ModelIdentity model =
          new ModelIdentity(
              new String(name, StandardCharsets.UTF_8), HexFormat.of().formatHex(fingerprint));
      long pageSize = Integer.toUnsignedLong(in.getInt());
      long tokens = in.getLong();
      long count = Integer.toUnsignedLong(in.getInt());
      if (count * StoredPlane.BYTES != in.remaining()) {
        throw new ModelException(
            "%s: planes is %d, but the header has %d bytes for them; delete the file"
                .formatted(path, count, in.remaining()));
      }
      List<StoredPlane> planes = new ArrayList<>();
      while (in.hasRemaining()) {
        planes.add(new StoredPlane(in.getInt(), in.getInt(), in.getInt(), in.getInt()));
      }
      return new CacheFileHeader(model, pageSize, tokens, planes, fileBytes);
    } catch (BufferUnderflowException e) {
      throw new ModelException(path + ": the header is too short for its fields; delete it", e);
    }
  }

  /** Compares with what the session is to be. */
  void check(Path path, ModelIdentity expected, CacheLayout layout, int contextLength) {
    if (!model.fingerprint().equals(expected.fingerprint())) {
      throw new ModelException(
          ("%s: was saved with another model, %s with the fingerprint %s; this one is %s with %s."
                  + " Load it with that model, or compute the text anew")
              .formatted(
                  path,
                  Shown.name(model.name()),
                  shortened(model),
                  Shown.name(expected.name()),
                  shortened(expected)));
    }
    if (pageSize != CacheLayout.PAGE_SIZE) {
      throw new ModelException(
          "%s: pages have %d positions, expected %d; save the session anew"
              .formatted(path, pageSize, CacheLayout.PAGE_SIZE));
    }
    checkPlanes(path, layout.planes().stream().map(StoredPlane::of).toList());
    if (Long.compareUnsigned(tokens, contextLength) > 0) {
      throw new ModelException(
          "%s: the session has %s tokens, but the context holds %d; raise the context length"
              .formatted(path, Long.toUnsignedString(tokens), contextLength));
    }
    long whole = fileBytes(headerBytes(model, planes.size()), layout, tokens);
    if (fileBytes != whole) {
      throw new ModelException(
          "%s: the file has %d bytes, but %d tokens take %d; delete it"
              .formatted(path, fileBytes, tokens, whole));
    }
  }

  private void checkPlanes(Path path, List<StoredPlane> expected) {
    if (planes.size() != expected.size()) {
      throw new ModelException(
          "%s: the cache has %d planes, the model's have %d; save the session anew"
              .formatted(path, planes.size(), expected.size()));
    }
    for (int i = 0; i < planes.size(); i++) {
      StoredPlane plane = planes.get(i);
      // The first plane's elements are of the type that the session was opened with.
      if (i == 0 && plane.type != expected.getFirst().type) {
        throw new ModelException(
            "%1$s: the cache type is %2$s, this session's is %3$s; load it with cache type %2$s"
                .formatted(path, plane.typeName(), expected.getFirst().typeName()));
      }
      if (!plane.equals(expected.get(i))) {
        throw new ModelException(
            "%s: plane %d has %s, the model's has %s; save the session anew"
                .formatted(path, i, plane, expected.get(i)));
      }
    }
  }

  private static String shortened(ModelIdentity model) {
    return model.fingerprint().substring(0, 12);
  }

  /** A plane as the file has it, which may be no sound one. */
  record StoredPlane(int type, int order, int rows, int columns) {
    static final int BYTES = 16;

    static StoredPlane of(Plane plane) {
      return new StoredPlane(
          plane.type().ggmlId(),
          switch (plane.order()) {
            case ROWS -> 0;
            case COLUMNS -> 1;
          },
          plane.rows(),
          plane.columns());
    }

    String typeName() {
      return TensorType.ofGgmlId(type)
          .map(TensorType::name)
          .orElse("type " + Integer.toUnsignedString(type));
    }

    @Override
    public String toString() {
      String[] orders = {"rows", "columns"};
      return "%s × %s %s in %s"
          .formatted(
              Integer.toUnsignedString(rows),
              Integer.toUnsignedString(columns),
              typeName(),
              order >= 0 && order < orders.length
                  ? orders[order]
                  : "order " + Integer.toUnsignedString(order));
    }
  }
}
