package io.longhaul.engine.file;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A mapped file none of whose pages is in memory, because none was ever written. It lies in the
 * build's folder: one for temporary files may be memory itself.
 */
record SparseFile(Path path, Arena arena, MemorySegment mapped) implements AutoCloseable {
  static SparseFile ofBytes(long bytes) throws IOException {
    Path path = Files.createTempFile(Path.of("target"), "sparse", ".bin");
    try (var file = new RandomAccessFile(path.toFile(), "rw")) {
      file.setLength(bytes);
    }
    Arena arena = Arena.ofShared();
    return new SparseFile(path, arena, MappedFile.map(path, arena));
  }

  /** Reads a byte every 4 KiB, the smallest page. */
  void touchAll() {
    for (long at = 0; at < mapped.byteSize(); at += 4096) {
      if (mapped.get(ValueLayout.JAVA_BYTE, at) != 0) {
        throw new IllegalStateException("holes read as zeros");
      }
    }
  }

  @Override
  public void close() throws IOException {
    if (arena.scope().isAlive()) {
      arena.close();
    }
    Files.delete(path);
  }
}
