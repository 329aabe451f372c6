package io.longhaul.cli.store;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import java.util.OptionalLong;

/** The file system as far as it can be full: room left, and files that are written to. */
interface Disk {

  /** Bytes that may still be written below an existing folder; empty if it cannot say. */
  OptionalLong usable(Path folder) throws IOException;

  /** Opens or creates a file for writing, positioned at its start. */
  SeekableByteChannel open(Path file) throws IOException;

  /** The machine's own. */
  Disk REAL =
      new Disk() {
        @Override
        public OptionalLong usable(Path folder) throws IOException {
          FileStore store = Files.getFileStore(folder);
          // Some virtual file systems have no size at all and report 0 for both.
          return store.getTotalSpace() > 0
              ? OptionalLong.of(Math.max(0, store.getUsableSpace()))
              : OptionalLong.empty();
        }

        @Override
        public SeekableByteChannel open(Path file) throws IOException {
          return FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        }
      };

  /**
   * Checks that there is room before any is taken.
   *
   * @throws DiskException if fewer than {@code needed} bytes are left
   */
  default void require(Path folder, long needed) {
    try {
      OptionalLong usable = usable(folder);
      if (usable.isPresent() && usable.getAsLong() < needed) {
        throw new DiskException(
            "not enough room in "
                + folder
                + ": "
                + Sizes.bytes(needed)
                + " are needed, "
                + Sizes.bytes(usable.getAsLong())
                + " are free; free some, or set LONGHAUL_HOME to a folder on a larger disk");
      }
    } catch (IOException e) {
      throw failure(folder, e);
    }
  }

  /** What a failed write means, in one line. */
  static DiskException failure(Path file, IOException e) {
    String reason = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    String lower = reason.toLowerCase(Locale.ROOT);
    if (lower.contains("no space left")
        || lower.contains("not enough space")
        || lower.contains("quota exceeded")) {
      return new DiskException(
          "the disk is full ("
              + file
              + "): free some room and run the same command again, it goes on from what is there;"
              + " or set LONGHAUL_HOME to a folder on a larger disk",
          e);
    }
    return new DiskException("cannot write " + file + ": " + reason, e);
  }
}
