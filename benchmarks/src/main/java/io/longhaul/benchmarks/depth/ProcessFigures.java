package io.longhaul.benchmarks.depth;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What Linux counts of this process. */
final class ProcessFigures {
  private static final Path SELF = Path.of("/proc/self");

  private ProcessFigures() {}

  /** The most bytes that were resident at once, mapped files included. */
  static long peakBytes() {
    return 1024 * field("status", "VmHWM:");
  }

  /** Bytes that were fetched from a disk, read ahead or not. */
  static long bytesFromDisk() {
    return field("io", "read_bytes:");
  }

  private static long field(String file, String name) {
    Path path = SELF.resolve(file);
    try {
      for (String line : Files.readAllLines(path)) {
        if (line.startsWith(name)) {
          return Long.parseLong(line.substring(name.length()).replace("kB", "").strip());
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    throw new IllegalStateException(path + " has no " + name);
  }
}
