package io.longhaul.cli.store;

import io.longhaul.cli.json.JsonText;
import io.longhaul.engine.ModelException;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A file while it arrives: {@code NAME.part} holds the bytes so far, {@code NAME.part.json} says of
 * which version of the file they are. The SHA-256 is taken as the bytes pass.
 */
final class PartFile implements Closeable {
  private final Path file;
  private final Path state;
  private final String expected;
  private final SeekableByteChannel channel;
  private MessageDigest sha256 = Checksum.digest("SHA-256");
  private long size;
  private Optional<String> etag = Optional.empty();

  private PartFile(Disk disk, Path folder, String name, String expected) throws IOException {
    this.file = folder.resolve(name + ".part");
    this.state = folder.resolve(name + ".part.json");
    this.expected = expected;
    this.channel = disk.open(file);
  }

  /**
   * Opens what an earlier run left, or an empty file.
   *
   * @param expected the file's hash if it is known, else ""; bytes of another version are dropped
   */
  static PartFile open(Disk disk, Path folder, String name, String expected) {
    Path file = folder.resolve(name + ".part");
    try {
      PartFile part = new PartFile(disk, folder, name, expected);
      try {
        part.recover();
        return part;
      } catch (IOException e) {
        part.close();
        throw e;
      }
    } catch (IOException e) {
      throw Disk.failure(file, e);
    }
  }

  private void recover() throws IOException {
    if (channel.size() == 0) {
      return;
    }
    Optional<Fields> saved = savedState();
    if (saved.isEmpty() || !saved.get().optionalText("expected").orElse("").equals(expected)) {
      channel.truncate(0);
      return;
    }
    etag = saved.get().optionalText("etag");
    try (InputStream in = Files.newInputStream(file)) {
      byte[] buffer = new byte[1 << 18];
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        sha256.update(buffer, 0, n);
        size += n;
      }
    }
    channel.position(size);
  }

  /** Empty when a kill came between the two files, or into the middle of the second one. */
  private Optional<Fields> savedState() throws IOException {
    if (!Files.exists(state)) {
      return Optional.empty();
    }
    try {
      return Optional.of(Fields.parse(state.toString(), Files.readAllBytes(state)));
    } catch (ModelException damaged) {
      return Optional.empty();
    }
  }

  long size() {
    return size;
  }

  /** The validator of the bytes so far, for If-Range: strong, as RFC 9110 demands. */
  Optional<String> etag() {
    return etag;
  }

  /** Drops the bytes so far; those to come belong to the version with this validator. */
  void restart(Optional<String> newEtag) {
    try {
      channel.truncate(0);
      channel.position(0);
      sha256.reset();
      size = 0;
      etag = newEtag;
      Map<String, Object> map = new LinkedHashMap<>();
      map.put("etag", etag.orElse(null));
      map.put("expected", expected);
      Files.writeString(state, JsonText.of(map));
    } catch (IOException e) {
      throw Disk.failure(file, e);
    }
  }

  void append(byte[] bytes, int count) {
    try {
      ByteBuffer buffer = ByteBuffer.wrap(bytes, 0, count);
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
    } catch (IOException e) {
      throw Disk.failure(file, e);
    }
    sha256.update(bytes, 0, count);
    size += count;
  }

  /** The SHA-256 of the bytes so far; more may follow. */
  String sha256() {
    try {
      return HexFormat.of().formatHex(((MessageDigest) sha256.clone()).digest());
    } catch (CloneNotSupportedException e) {
      // The JDK's own SHA-256 can be cloned; a provider put before it may not.
      throw new StoreException("the security provider's SHA-256 cannot be copied: " + e, e);
    }
  }

  Path file() {
    return file;
  }

  /** Writes everything through to the disk and gives the file its name, in one step. */
  void moveTo(Path target) {
    try {
      if (channel instanceof FileChannel real) {
        real.force(true);
      }
      channel.close();
      Files.move(file, target, StandardCopyOption.ATOMIC_MOVE);
      Files.deleteIfExists(state);
    } catch (IOException e) {
      throw Disk.failure(target, e);
    }
  }

  /** Removes the bytes: they are wrong. */
  void discard() {
    try {
      channel.close();
      Files.deleteIfExists(file);
      Files.deleteIfExists(state);
    } catch (IOException e) {
      throw Disk.failure(file, e);
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
