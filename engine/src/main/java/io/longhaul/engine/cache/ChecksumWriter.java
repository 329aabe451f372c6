package io.longhaul.engine.cache;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.util.zip.CRC32C;

/** Writes a file from its beginning to its end, with checksums of what was written so far. */
final class ChecksumWriter {
  // A ByteBuffer addresses less than 2 GiB; a piece that stays in the processor's cache is read
  // from memory once for both the checksum and the disk.
  private static final long PIECE = 1 << 20;

  private final FileChannel channel;
  private final CRC32C sum = new CRC32C();

  ChecksumWriter(FileChannel channel) {
    this.channel = channel;
  }

  void write(byte[] bytes) throws IOException {
    write(MemorySegment.ofArray(bytes));
  }

  void write(MemorySegment bytes) throws IOException {
    for (long at = 0; at < bytes.byteSize(); at += PIECE) {
      ByteBuffer piece = bytes.asSlice(at, Math.min(PIECE, bytes.byteSize() - at)).asByteBuffer();
      sum.update(piece.duplicate());
      writeFully(piece);
    }
  }

  void checksum() throws IOException {
    writeFully(
        ByteBuffer.allocate(Integer.BYTES)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putInt((int) sum.getValue())
            .flip());
  }

  private void writeFully(ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }
}
