package io.longhaul.engine.cache;

import io.longhaul.engine.ModelException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/** Reads what {@link ChecksumWriter} wrote, in the same order; errors name the part. */
final class ChecksumReader {
  private static final long PIECE = 1 << 20;

  private final Path path;
  private final FileChannel channel;
  private final CRC32C sum = new CRC32C();

  ChecksumReader(Path path, FileChannel channel) {
    this.path = path;
    this.channel = channel;
  }

  /**
   * Reads bytes whose number is known to be in the file.
   *
   * @param what the part, for messages
   */
  byte[] read(String what, int count) throws IOException {
    byte[] bytes = new byte[count];
    read(what, MemorySegment.ofArray(bytes));
    return bytes;
  }

  /** Fills a segment. */
  void read(String what, MemorySegment bytes) throws IOException {
    for (long at = 0; at < bytes.byteSize(); at += PIECE) {
      ByteBuffer piece = bytes.asSlice(at, Math.min(PIECE, bytes.byteSize() - at)).asByteBuffer();
      readFully(what, piece.duplicate());
      sum.update(piece);
    }
  }

  /** Reads a checksum and compares it with that of all bytes before. */
  void checksum(String what) throws IOException {
    ByteBuffer stored = ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    readFully(what, stored);
    int found = stored.getInt(0);
    int expected = (int) sum.getValue();
    if (found != expected) {
      throw new ModelException(
          "%s: the checksum of %s is %08x, expected %08x; the file is damaged, delete it"
              .formatted(path, what, found, expected));
    }
  }

  private void readFully(String what, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      if (channel.read(bytes) < 0) {
        throw new ModelException(
            "%s: the file ends within %s; it is cut short, copy it again".formatted(path, what));
      }
    }
  }
}
