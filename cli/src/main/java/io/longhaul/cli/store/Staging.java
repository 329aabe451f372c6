package io.longhaul.cli.store;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The folder in which a model grows until it is whole: {@code .staging/NAME/KEY} with {@code files}
 * (finished and checked), {@code parts} (arriving) and {@code work} (what a source needs besides).
 * The key stands for one version of one source, so a broken pull is gone on from only where it
 * broke, and a pull from elsewhere never meets its bytes.
 */
final class Staging {
  private static final String FOLDER = ".staging";
  private static final String DONE = ".sha256";

  private final Path root;

  private Staging(Path root) {
    this.root = root;
  }

  static Staging open(Path models, String name, String key) {
    byte[] hash = Checksum.digest("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
    String folder = HexFormat.of().formatHex(hash, 0, 8);
    Staging staging = new Staging(ofModel(models, name).resolve(folder));
    try {
      Files.createDirectories(staging.files());
      Files.createDirectories(staging.parts());
    } catch (IOException e) {
      throw Disk.failure(staging.root, e);
    }
    return staging;
  }

  /** The folder of everything unfinished of one model. */
  static Path ofModel(Path models, String name) {
    return models.resolve(FOLDER).resolve(name);
  }

  /** The names of models with something unfinished. */
  static List<String> names(Path models) throws IOException {
    Path folder = models.resolve(FOLDER);
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.map(p -> p.getFileName().toString()).filter(Names::isValid).sorted().toList();
    }
  }

  Path files() {
    return root.resolve("files");
  }

  Path parts() {
    return root.resolve("parts");
  }

  Path work(String name) {
    Path folder = root.resolve(name);
    try {
      return Files.createDirectories(folder);
    } catch (IOException e) {
      throw Disk.failure(folder, e);
    }
  }

  /** Notes that a file is finished and checked. */
  ModelFile done(String name, String sha256) {
    Path file = files().resolve(name);
    try {
      Files.writeString(parts().resolve(name + DONE), sha256);
      return new ModelFile(name, Files.size(file), sha256);
    } catch (IOException e) {
      throw Disk.failure(file, e);
    }
  }

  /** A file that an earlier run finished; one that a kill left without a note is removed. */
  Optional<ModelFile> finished(String name) {
    Path file = files().resolve(name);
    Path note = parts().resolve(name + DONE);
    try {
      if (!Files.exists(file)) {
        return Optional.empty();
      }
      String sha256 = Files.exists(note) ? Files.readString(note) : "";
      if (sha256.matches("[0-9a-f]{64}")) {
        return Optional.of(new ModelFile(name, Files.size(file), sha256));
      }
      Files.delete(file);
      return Optional.empty();
    } catch (IOException e) {
      throw Disk.failure(file, e);
    }
  }

  /** Bytes of a file that are here already, finished or not. */
  long present(String name) {
    try {
      Path part = parts().resolve(name + ".part");
      Path file = files().resolve(name);
      return Files.exists(file) ? Files.size(file) : Files.exists(part) ? Files.size(part) : 0;
    } catch (IOException e) {
      throw Disk.failure(root, e);
    }
  }

  /** Removes the folder again if nothing has arrived. */
  static void dropIfEmpty(Path models, String name) {
    Path folder = ofModel(models, name);
    try {
      if (Files.exists(folder) && bytes(folder) == 0) {
        delete(folder);
      }
    } catch (IOException e) {
      throw Disk.failure(folder, e);
    }
  }

  /** Bytes of all files below a folder; those that vanish meanwhile do not count. */
  static long bytes(Path folder) throws IOException {
    long[] sum = {0};
    Files.walkFileTree(
        folder,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            sum[0] += attributes.size();
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
            if (e instanceof NoSuchFileException) {
              return FileVisitResult.CONTINUE;
            }
            throw e;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path visited, IOException e)
              throws IOException {
            return e == null ? FileVisitResult.CONTINUE : visitFileFailed(visited, e);
          }
        });
    return sum[0];
  }

  static void delete(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    List<Path> paths;
    try (Stream<Path> walk = Files.walk(folder)) {
      paths = walk.toList().reversed();
    }
    for (Path path : paths) {
      Files.deleteIfExists(path);
    }
  }
}
