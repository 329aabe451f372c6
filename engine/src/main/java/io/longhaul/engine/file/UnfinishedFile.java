package io.longhaul.engine.file;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/**
 * A file that is written under another name, {@code .NAME.*.part} beside it, and gets its own when
 * it is whole and on the disk. An error removes it, so does the end of the process by a signal;
 * what a crash leaves is removed when a file of the same name is written next.
 */
final class UnfinishedFile {
  private static final String SUFFIX = ".part";

  /** Writes the content. */
  @FunctionalInterface
  interface Content {
    void writeTo(FileChannel channel) throws IOException;
  }

  private UnfinishedFile() {}

  static void write(Path file, Content content) throws IOException {
    Path target = file.toAbsolutePath();
    removeAbandoned(target);
    Path part = target.resolveSibling(prefix(target) + UUID.randomUUID() + SUFFIX);
    Thread cleaner = new Thread(() -> part.toFile().delete());
    Runtime.getRuntime().addShutdownHook(cleaner);
    try {
      try (FileChannel channel =
              FileChannel.open(part, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
          FileLock lock = channel.lock()) {
        content.writeTo(channel);
        channel.force(true);
        if (!lock.isValid()) {
          throw new IOException(part + ": the lock on it was lost");
        }
      }
      Files.move(part, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      syncFolder(target.getParent());
    } finally {
      Files.deleteIfExists(part);
      removeHook(cleaner);
    }
  }

  private static String prefix(Path target) {
    return "." + target.getFileName() + ".";
  }

  /** Removes the parts that no process writes any more: nobody holds their lock. */
  private static void removeAbandoned(Path target) throws IOException {
    try (DirectoryStream<Path> files =
        Files.newDirectoryStream(target.getParent(), file -> isPartOf(target, file))) {
      for (Path part : files) {
        if (isAbandoned(part)) {
          Files.deleteIfExists(part);
        }
      }
    }
  }

  private static boolean isPartOf(Path target, Path file) {
    String name = file.getFileName().toString();
    return name.startsWith(prefix(target)) && name.endsWith(SUFFIX);
  }

  private static boolean isAbandoned(Path part) throws IOException {
    try (FileChannel channel = FileChannel.open(part, StandardOpenOption.WRITE);
        FileLock lock = channel.tryLock()) {
      return lock != null;
    } catch (OverlappingFileLockException e) {
      return false; // another thread of this process writes it
    } catch (NoSuchFileException e) {
      return false; // its writer has just finished
    }
  }

  /** The new name is on the disk when the folder is; not every system can say so. */
  private static void syncFolder(Path folder) throws IOException {
    if (folder.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
        channel.force(true);
      }
    }
  }

  private static void removeHook(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      return; // the process is ending, and the hook runs
    }
  }
}
