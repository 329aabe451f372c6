package io.longhaul.cli.store;

import io.longhaul.engine.ModelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * The models of this machine: a folder per model, complete or not there at all. Models are pulled
 * into it, found in it by name, and removed from it; several processes may do so at once.
 */
public final class Store {
  private static final Duration STALL = Duration.ofSeconds(60);

  private final Settings settings;
  private final Supplier<Catalog> catalog;
  private final Disk disk;
  private final Backoff backoff;
  private final Duration stall;

  /** A model to pull: its name in the store, and where it may come from, in this order. */
  private record Order(
      String name, List<Catalog.PinnedSource> sources, Optional<ModelFile> pinned) {}

  private Store(
      Settings settings, Supplier<Catalog> catalog, Disk disk, Backoff backoff, Duration stall) {
    this.settings = settings;
    this.catalog = catalog;
    this.disk = disk;
    this.backoff = backoff;
    this.stall = stall;
  }

  Store(Settings settings, Catalog catalog, Disk disk, Backoff backoff, Duration stall) {
    this(settings, () -> catalog, disk, backoff, stall);
  }

  public Store(Settings settings) {
    this(settings, Catalog::ofThisBuild, Disk.REAL, Backoff.PATIENT, STALL);
  }

  /**
   * The store that the environment names.
   *
   * @throws StoreException if a variable has a value that cannot be used
   */
  public static Store open(Map<String, String> environment) {
    return new Store(Settings.from(environment));
  }

  /** The folder with one folder per model. */
  public Path folder() {
    return settings.models();
  }

  public Catalog catalog() {
    return catalog.get();
  }

  /** Everything in the store, by name. */
  public Contents contents() {
    List<InstalledModel> models = new ArrayList<>();
    List<Contents.Unfinished> unfinished = new ArrayList<>();
    List<String> problems = new ArrayList<>();
    for (String name : installedNames()) {
      try {
        find(name).ifPresent(models::add);
      } catch (ModelException e) {
        problems.add(e.getMessage());
      }
    }
    try {
      for (String name : Staging.names(folder())) {
        long bytes = Staging.bytes(Staging.ofModel(folder(), name));
        unfinished.add(new Contents.Unfinished(name, bytes));
      }
    } catch (IOException e) {
      throw unreadable(e);
    }
    return new Contents(models, unfinished, problems);
  }

  /**
   * The model of this name.
   *
   * @throws StoreException if it is damaged
   */
  public Optional<InstalledModel> find(String name) {
    return Names.isValid(name) ? InstalledModel.read(folder().resolve(name)) : Optional.empty();
  }

  /**
   * What the engine opens for a path or name that a user gave: an existing path is taken as it is,
   * then the store is asked.
   *
   * @return a GGUF file, or a folder of safetensors
   * @throws NotPulledException if the catalog has the name and the store does not
   * @throws StoreException if nothing has the name; the message lists names that are known
   */
  public Path resolve(String nameOrPath) {
    Optional<Path> path = existing(nameOrPath);
    if (path.isPresent()) {
      return path.get();
    }
    Optional<InstalledModel> installed = find(nameOrPath);
    if (installed.isPresent()) {
      return installed.get().path();
    }
    Optional<Catalog.Entry> entry = catalog().find(nameOrPath);
    if (entry.isPresent()) {
      throw new NotPulledException(
          nameOrPath,
          "%s is not here yet (%s): run `longhaul pull %s`"
              .formatted(nameOrPath, Sizes.bytes(entry.get().file().size()), nameOrPath));
    }
    throw unknown(nameOrPath);
  }

  /** {@link #resolve}, after a pull where the catalog has the name and the store does not. */
  public Path resolveOrPull(String nameOrPath, PullListener listener) {
    try {
      return resolve(nameOrPath);
    } catch (NotPulledException e) {
      return pull(e.model(), Optional.empty(), listener).model().path();
    }
  }

  /**
   * Brings a model into the store, or finds it there.
   *
   * @param what a name of the catalog or the store, a path, or a source as {@link Source} writes it
   * @param name the name it gets; empty for one made from the source
   * @throws StoreException if it cannot; what has arrived stays, and the same call goes on from it
   */
  public PullResult pull(String what, Optional<String> name, PullListener listener) {
    name.ifPresent(Names::check);
    if (existing(what).isEmpty() && !Source.hasScheme(what)) {
      Optional<InstalledModel> installed = name.isEmpty() ? find(what) : Optional.empty();
      if (catalog().find(what).isEmpty() && installed.isPresent()) {
        installed.get().path();
        return new PullResult(installed.get(), false);
      }
    }
    Order order = order(what, name);
    try (StoreLock _ =
        StoreLock.acquire(
            folder(), order.name(), () -> listener.on(new PullEvent.Waiting(order.name())))) {
      Optional<InstalledModel> installed = find(order.name());
      if (installed.isPresent()) {
        checkSame(order, installed.get());
        return new PullResult(installed.get(), false);
      }
      InstalledModel model = fetch(order, listener);
      listener.on(new PullEvent.Finished(model));
      return new PullResult(model, true);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StoreException("interrupted; run the same command again to go on", e);
    }
  }

  private Order order(String what, Optional<String> name) {
    Optional<Path> path = Source.hasScheme(what) ? Optional.empty() : existing(what);
    if (path.isEmpty() && !Source.hasScheme(what)) {
      Optional<Catalog.Entry> entry = catalog().find(what);
      if (entry.isEmpty()) {
        throw unknown(what);
      }
      return new Order(name.orElse(what), entry.get().sources(), Optional.of(entry.get().file()));
    }
    Source source = Source.parse(what);
    String as = Names.check(name.orElseGet(source::defaultName));
    return new Order(as, List.of(new Catalog.PinnedSource(source, 0)), Optional.empty());
  }

  /** A name that is taken by another model is an error, not a silent answer with the other one. */
  private void checkSame(Order order, InstalledModel installed) {
    boolean same =
        order.pinned().isPresent()
            ? installed.files().stream()
                .anyMatch(f -> f.sha256().equals(order.pinned().get().sha256()))
            : order.sources().getFirst().source().toString().equals(installed.source());
    if (!same) {
      throw new StoreException(
          "the store has another %s, from %s: choose a name with --name, or run `longhaul rm %s`"
              .formatted(installed.name(), installed.source(), installed.name()));
    }
    installed.path();
  }

  private InstalledModel fetch(Order order, PullListener listener) throws InterruptedException {
    boolean network = order.sources().stream().noneMatch(s -> s.source() instanceof Source.Local);
    if (network && settings.offline()) {
      throw new StoreException(
          order.name()
              + " is not in the store, and --offline (or LONGHAUL_OFFLINE) forbids the network:"
              + " pull it once without, or from a file");
    }
    List<String> reasons = new ArrayList<>();
    StoreException last = null;
    for (int i = 0; i < order.sources().size(); i++) {
      try {
        return install(order, order.sources().get(i), listener);
      } catch (DiskException e) {
        Staging.dropIfEmpty(folder(), order.name());
        throw e;
      } catch (ModelException e) {
        Staging.dropIfEmpty(folder(), order.name());
        String source = order.sources().get(i).source().toString();
        reasons.add(source.substring(0, source.indexOf(':') + 1) + " " + e.getMessage());
        last = new StoreException(e.getMessage(), e);
        if (i + 1 < order.sources().size()) {
          String next = order.sources().get(i + 1).source().toString();
          listener.on(new PullEvent.SourceFailed(source, e.getMessage(), next));
        }
      }
    }
    if (reasons.size() == 1) {
      throw last;
    }
    throw new StoreException(
        "cannot pull " + order.name() + " from any source: " + String.join("; ", reasons), last);
  }

  private InstalledModel install(Order order, Catalog.PinnedSource from, PullListener listener)
      throws InterruptedException {
    Fetch.Context context =
        new Fetch.Context(
            settings,
            disk,
            backoff,
            stall,
            order.pinned(),
            from.download(),
            key -> Staging.open(folder(), order.name(), key),
            new Transfer(listener, order.name()));
    Fetch fetch =
        switch (from.source()) {
          case Source.Local local -> new LocalFetch(local, context);
          case Source.Hub hub -> new HubFetch(hub, context);
          case Source.Pip pip -> new PipFetch(pip, context);
        };
    Fetch.Fetched fetched = fetch.fetch();
    Path target = folder().resolve(order.name());
    InstalledModel model =
        new InstalledModel(
            order.name(),
            target,
            from.source().toString(),
            Instant.now().truncatedTo(ChronoUnit.SECONDS),
            fetched.files());
    Path files = fetched.staging().files();
    try {
      if (Files.exists(target)) {
        throw new StoreException(
            target + " is in the way and is no model: remove it, or choose a name with --name");
      }
      Files.writeString(files.resolve(InstalledModel.MANIFEST), model.manifest());
      Files.move(files, target, StandardCopyOption.ATOMIC_MOVE);
      Staging.delete(Staging.ofModel(folder(), order.name()));
    } catch (IOException e) {
      throw Disk.failure(target, e);
    }
    return model;
  }

  /**
   * Removes a model, finished or not.
   *
   * @return the bytes that it took
   * @throws StoreException if the store has nothing of this name
   */
  public long remove(String name) {
    Names.check(name);
    try (StoreLock _ = StoreLock.acquire(folder(), name, () -> {})) {
      Path target = folder().resolve(name);
      Path staging = Staging.ofModel(folder(), name);
      if (!Files.isDirectory(target) && !Files.isDirectory(staging)) {
        throw catalog().find(name).isPresent()
            ? new StoreException(name + " is not in the store: there is nothing to remove")
            : unknown(name);
      }
      Files.createDirectories(staging);
      if (Files.isDirectory(target)) {
        // Out of sight in one step: a kill in between leaves no half of a model to be found.
        Path trash = staging.resolve("removed-" + System.nanoTime());
        Files.move(target, trash, StandardCopyOption.ATOMIC_MOVE);
      }
      long bytes = Staging.bytes(staging);
      Staging.delete(staging);
      return bytes;
    } catch (IOException e) {
      throw new StoreException("cannot remove " + name + ": " + HttpFailures.text(e), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StoreException("interrupted", e);
    }
  }

  private static Optional<Path> existing(String text) {
    try {
      return Optional.of(Path.of(text)).filter(p -> !text.isEmpty() && Files.exists(p));
    } catch (InvalidPathException noPath) {
      return Optional.empty();
    }
  }

  private List<String> installedNames() {
    if (!Files.isDirectory(folder())) {
      return List.of();
    }
    try (Stream<Path> entries = Files.list(folder())) {
      return entries
          .filter(Files::isDirectory)
          .map(p -> p.getFileName().toString())
          .filter(Names::isValid)
          .sorted()
          .toList();
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  private StoreException unreadable(IOException e) {
    return new StoreException("cannot read " + folder() + ": " + HttpFailures.text(e), e);
  }

  private StoreException unknown(String text) {
    if (text.contains("/") || text.contains("\\") || text.endsWith(".gguf")) {
      return new StoreException(
          text + " does not exist; for a repository of the hub write hf:ORG/REPO");
    }
    TreeSet<String> known = new TreeSet<>(installedNames());
    catalog().entries().forEach(entry -> known.add(entry.name()));
    List<String> close = Names.close(text, known);
    return new StoreException(
        "no model is named \""
            + text
            + "\""
            + (close.isEmpty() ? "" : "; did you mean " + String.join(" or ", close) + "?")
            + (close.isEmpty() ? "; known are " : " Known are ")
            + String.join(", ", known)
            + "; a path, hf:ORG/REPO or pip:PACKAGE==VERSION works too");
  }
}
