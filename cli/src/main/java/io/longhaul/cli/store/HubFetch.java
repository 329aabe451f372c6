package io.longhaul.cli.store;

import io.longhaul.cli.store.FileSelection.Chosen;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** Fetches a model from the hub, all files from one commit. */
record HubFetch(Source.Hub source, Fetch.Context context) implements Fetch {

  @Override
  public Fetched fetch() throws InterruptedException {
    try (HttpTransport http = new HttpTransport(context.settings())) {
      HubClient hub = new HubClient(context.settings(), http, context.backoff());
      HubClient.Listing listing = hub.list(source, context.transfer());
      List<RemoteFile> files = plan(hub, listing);
      Staging staging =
          context.staging().apply("hf:" + source.repository() + "@" + listing.commit());
      start(files, staging);
      return new Fetched(staging, download(http, files, staging));
    }
  }

  private List<RemoteFile> plan(HubClient hub, HubClient.Listing listing)
      throws InterruptedException {
    FileSelection selection =
        new FileSelection(
            "hf:" + source.repository(),
            listing.files().keySet(),
            file -> readIndex(hub, listing, file));
    List<RemoteFile> files = new ArrayList<>();
    for (Chosen chosen : selection.choose(source.file())) {
      if (chosen.pieces().size() > 1) {
        throw new StoreException(
            "hf:"
                + source.repository()
                + " holds "
                + chosen.name()
                + " in pieces, which only pip"
                + " sources may; choose another repository");
      }
      String path = chosen.pieces().getFirst();
      HubClient.FileInfo info = listing.files().get(path);
      if (info.size().isEmpty() || info.checksum().isEmpty()) {
        info = hub.describe(listing, path, context.transfer());
      }
      files.add(
          new RemoteFile(chosen.name(), hub.uri(listing, path), info.size(), info.checksum()));
    }
    return context.pinned().isPresent() ? List.of(pin(files, context.pinned().get())) : files;
  }

  private byte[] readIndex(HubClient hub, HubClient.Listing listing, String file) {
    try {
      return hub.read(listing, file, context.transfer());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StoreException("interrupted", e);
    }
  }

  /** The catalog's hash decides; one that the hub already contradicts is not worth a download. */
  private RemoteFile pin(List<RemoteFile> files, ModelFile pinned) {
    RemoteFile file = files.getFirst();
    Checksum wanted = Checksum.sha256(pinned.sha256());
    Optional<Checksum> offered =
        file.checksum().filter(checksum -> checksum.kind() == Checksum.Kind.SHA256);
    if (files.size() != 1 || (offered.isPresent() && !offered.get().equals(wanted))) {
      throw new StoreException(
          source + " holds another file than the catalog pins (SHA-256 " + pinned.sha256() + ")");
    }
    return new RemoteFile(
        pinned.name(), file.uri(), OptionalLong.of(pinned.size()), Optional.of(wanted));
  }

  private void start(List<RemoteFile> files, Staging staging) {
    long present = files.stream().mapToLong(file -> staging.present(file.name())).sum();
    OptionalLong total = OptionalLong.empty();
    if (files.stream().allMatch(file -> file.size().isPresent())) {
      total = OptionalLong.of(files.stream().mapToLong(f -> f.size().getAsLong()).sum());
      context.disk().require(context.settings().models(), total.getAsLong() - present);
    }
    context.transfer().start(source.toString(), total, present);
  }

  private List<ModelFile> download(HttpTransport http, List<RemoteFile> files, Staging staging)
      throws InterruptedException {
    Download download =
        new Download(
            http,
            context.disk(),
            context.backoff(),
            context.stall(),
            context.settings().token().isPresent());
    List<ModelFile> done = new ArrayList<>();
    for (RemoteFile file : files) {
      Optional<ModelFile> finished = staging.finished(file.name());
      if (finished.isEmpty()) {
        String sha256 =
            download.fetch(
                file, staging.parts(), staging.files().resolve(file.name()), context.transfer());
        finished = Optional.of(staging.done(file.name(), sha256));
      }
      done.add(finished.get());
    }
    return done;
  }
}
