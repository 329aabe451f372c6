package io.longhaul.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Files that the command line names. */
final class InputFiles {
  private InputFiles() {}

  /** The whole file, or an error that names it. */
  static byte[] readBytes(Path file) {
    if (Files.isDirectory(file)) {
      throw new CliException(file + " is a folder, not a file");
    }
    try {
      return Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      throw new CliException(file + ": no such file", e);
    } catch (AccessDeniedException e) {
      throw new CliException(file + ": permission denied", e);
    } catch (IOException e) {
      throw new CliException(file + ": cannot be read: " + e.getMessage(), e);
    }
  }

  /** The whole file as UTF-8 text. */
  static String readText(Path file) {
    return new String(readBytes(file), StandardCharsets.UTF_8);
  }
}
