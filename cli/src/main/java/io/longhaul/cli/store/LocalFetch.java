package io.longhaul.cli.store;

import io.longhaul.cli.store.FileSelection.Chosen;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;

/**
 * Takes a model from a file or folder of this machine. A hard link costs no room and outlives the
 * original's removal; where none is possible (another disk), the bytes are copied.
 */
record LocalFetch(Source.Local source, Fetch.Context context) implements Fetch {
  private static final byte[] GGUF = "GGUF".getBytes(StandardCharsets.US_ASCII);

  @Override
  public Fetched fetch() {
    Path path = source.path();
    Staging staging = context.staging().apply(path.toString());
    try {
      Path folder = Files.isDirectory(path) ? path : path.getParent();
      List<Chosen> model = choose(path, folder);
      long total = 0;
      for (Chosen chosen : model) {
        for (String piece : chosen.pieces()) {
          total += Files.size(folder.resolve(piece));
        }
      }
      context.transfer().start(path.toString(), OptionalLong.of(total), 0);
      List<ModelFile> files = new ArrayList<>();
      for (Chosen chosen : model) {
        files.add(take(staging, folder, chosen));
      }
      return new Fetched(staging, files);
    } catch (IOException e) {
      throw new StoreException("cannot read " + path + ": " + HttpFailures.text(e), e);
    }
  }

  private List<Chosen> choose(Path path, Path folder) throws IOException {
    String file = path.getFileName() == null ? "" : path.getFileName().toString();
    if (!Files.isDirectory(path) && !file.matches(".*(\\.gguf(\\.part\\d+)?|\\.safetensors)")) {
      if (!isGguf(path)) {
        throw new StoreException(
            path + " is not a model: it is no GGUF file and no folder of safetensors");
      }
      return List.of(new Chosen(Names.from(file) + ".gguf", List.of(file)));
    }
    List<String> names;
    try (Stream<Path> entries = Files.list(folder)) {
      names = entries.filter(Files::isRegularFile).map(p -> p.getFileName().toString()).toList();
    }
    FileSelection selection =
        new FileSelection(folder.toString(), names, name -> bytes(folder.resolve(name)));
    List<Chosen> model =
        selection.choose(Files.isDirectory(path) ? Optional.empty() : Optional.of(file));
    for (Chosen chosen : model) {
      Path first = folder.resolve(chosen.pieces().getFirst());
      if (chosen.name().endsWith(".gguf") && !isGguf(first)) {
        throw new StoreException(first + " is not a GGUF file: it does not begin with \"GGUF\"");
      }
    }
    return model;
  }

  private static boolean isGguf(Path path) throws IOException {
    try (InputStream in = Files.newInputStream(path)) {
      return MessageDigest.isEqual(in.readNBytes(GGUF.length), GGUF);
    }
  }

  private static byte[] bytes(Path path) {
    try {
      return Files.readAllBytes(path);
    } catch (IOException e) {
      throw new StoreException("cannot read " + path + ": " + HttpFailures.text(e), e);
    }
  }

  private ModelFile take(Staging staging, Path folder, Chosen chosen) throws IOException {
    Path target = staging.files().resolve(chosen.name());
    Files.deleteIfExists(target);
    if (chosen.pieces().size() == 1) {
      // The real file: a link to a symbolic link would dangle when its folder goes.
      Path original = folder.resolve(chosen.pieces().getFirst()).toRealPath();
      if (link(original, target)) {
        return staging.done(chosen.name(), hash(target));
      }
    }
    return copy(staging, folder, chosen, target);
  }

  private static boolean link(Path original, Path target) {
    try {
      Files.createLink(target, original);
      return true;
    } catch (FileSystemException | UnsupportedOperationException otherDiskOrForbidden) {
      return false;
    } catch (IOException e) {
      throw Disk.failure(target, e);
    }
  }

  private String hash(Path file) throws IOException {
    MessageDigest sha256 = Checksum.digest("SHA-256");
    try (InputStream in = Files.newInputStream(file)) {
      byte[] buffer = new byte[1 << 18];
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        sha256.update(buffer, 0, n);
        context.transfer().add(n);
      }
    }
    return HexFormat.of().formatHex(sha256.digest());
  }

  private ModelFile copy(Staging staging, Path folder, Chosen chosen, Path target)
      throws IOException {
    long size = 0;
    for (String piece : chosen.pieces()) {
      size += Files.size(folder.resolve(piece));
    }
    context.disk().require(context.settings().models(), size);
    try (PartFile part = PartFile.open(context.disk(), staging.parts(), chosen.name(), "")) {
      part.restart(Optional.empty());
      byte[] buffer = new byte[1 << 18];
      for (String piece : chosen.pieces()) {
        try (InputStream in = Files.newInputStream(folder.resolve(piece))) {
          for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
            part.append(buffer, n);
            context.transfer().add(n);
          }
        }
      }
      part.moveTo(target);
      return staging.done(chosen.name(), part.sha256());
    }
  }
}
