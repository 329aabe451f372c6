package io.longhaul.engine.file;

import io.longhaul.engine.ModelException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Maps whole files into memory, read-only. */
final class MappedFile {
  private MappedFile() {}

  /**
   * Maps a file for as long as the arena lives.
   *
   * @throws ModelException if there is no such regular file, it is empty or cannot be mapped
   */
  static MemorySegment map(Path file, Arena arena) {
    requireRegular(file);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      long size = channel.size();
      if (size == 0) {
        throw new ModelException(file + ": the file is empty; download it again");
      }
      return channel.map(FileChannel.MapMode.READ_ONLY, 0, size, arena);
    } catch (IOException | UnsupportedOperationException e) {
      throw unreadable(file, e);
    }
  }

  /** Refuses folders, and pipes and devices, whose reading may never end. */
  static void requireRegular(Path file) {
    if (Files.isDirectory(file)) {
      throw new ModelException(file + ": is a folder, expected a file");
    }
    if (!Files.isRegularFile(file)) {
      throw new ModelException(
          file + (Files.exists(file) ? ": is not a regular file" : ": no such file"));
    }
  }

  static ModelException unreadable(Path file, Exception cause) {
    return new ModelException(
        "%s: cannot be read: %s".formatted(file, Shown.text(cause.toString(), 300)), cause);
  }
}
