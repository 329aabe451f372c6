package io.longhaul.cli.store;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;

/**
 * The part of the hub's HTTP interface that is needed to fetch models: the list of a repository's
 * files at {@code /api/models/REPO/revision/REVISION} and the files at {@code
 * /REPO/resolve/REVISION/FILE}.
 */
final class HubClient {
  private static final int MAX_JSON = 100 << 20;

  private final URI hub;
  private final boolean token;
  private final HttpTransport http;
  private final HttpFailures failures;
  private final Backoff backoff;

  /**
   * A repository at one commit.
   *
   * @param files what is known of each file, by path
   */
  record Listing(String repository, String commit, Map<String, FileInfo> files) {}

  record FileInfo(OptionalLong size, Optional<Checksum> checksum) {}

  HubClient(Settings settings, HttpTransport http, Backoff backoff) {
    this.hub = settings.hub();
    this.token = settings.token().isPresent();
    this.http = http;
    this.failures = new HttpFailures(http.proxies());
    this.backoff = backoff;
  }

  /**
   * Lists a repository's files.
   *
   * @throws StoreException if the repository or revision is not there or not to be seen
   */
  Listing list(Source.Hub source, Transfer transfer) throws InterruptedException {
    String revision = URLEncoder.encode(source.revision(), StandardCharsets.UTF_8);
    URI uri =
        URI.create(
            hub + "/api/models/" + source.repository() + "/revision/" + revision + "?blobs=true");
    String what =
        "repository "
            + source.repository()
            + (source.revision().equals(Source.Hub.MAIN)
                ? ""
                : " at revision " + source.revision());
    Fields info = Fields.parse(HttpTransport.withoutQuery(uri), bytes(uri, what, transfer));
    Map<String, FileInfo> files = new LinkedHashMap<>();
    for (Fields sibling : info.objects("siblings")) {
      files.put(sibling.text("rfilename"), info(sibling));
    }
    String commit = info.optionalText("sha").orElse(source.revision());
    return new Listing(source.repository(), commit, files);
  }

  private static FileInfo info(Fields sibling) {
    Optional<Fields> lfs = sibling.optionalObject("lfs");
    Optional<String> hash =
        lfs.isPresent()
            ? lfs.get().optionalText("sha256").or(() -> lfs.get().optionalText("oid"))
            : sibling.optionalText("blobId");
    OptionalLong size = sibling.optionalNumber("size");
    if (size.isEmpty() && lfs.isPresent()) {
      size = lfs.get().optionalNumber("size");
    }
    return new FileInfo(size, hash.flatMap(Checksum::recognize));
  }

  URI uri(Listing listing, String file) {
    String path =
        Arrays.stream(file.split("/", -1))
            .map(s -> URLEncoder.encode(s, StandardCharsets.UTF_8).replace("+", "%20"))
            .collect(Collectors.joining("/"));
    String commit = URLEncoder.encode(listing.commit(), StandardCharsets.UTF_8);
    return URI.create(hub + "/" + listing.repository() + "/resolve/" + commit + "/" + path);
  }

  /** A small file's bytes. */
  byte[] read(Listing listing, String file, Transfer transfer) throws InterruptedException {
    return bytes(uri(listing, file), "file " + file, transfer);
  }

  /** What the hub's headers say of a file that its list describes by name alone. */
  FileInfo describe(Listing listing, String file, Transfer transfer) throws InterruptedException {
    URI uri = uri(listing, file);
    return retry(
        uri,
        transfer,
        () -> {
          try (HttpTransport.Response response = http.head(uri)) {
            if (response.status() >= 400) {
              throw HttpFailures.status(response, "file " + file, token);
            }
            Optional<String> linked = response.headers().firstValue("X-Linked-ETag");
            Optional<String> etag = linked.or(() -> response.headers().firstValue("ETag"));
            OptionalLong size =
                response
                    .headers()
                    .firstValueAsLong(linked.isPresent() ? "X-Linked-Size" : "Content-Length");
            return new FileInfo(size, etag.flatMap(Checksum::recognize));
          }
        });
  }

  private byte[] bytes(URI uri, String what, Transfer transfer) throws InterruptedException {
    return retry(
        uri,
        transfer,
        () -> {
          try (HttpTransport.Response response = http.get(uri, Map.of())) {
            if (response.status() != 200) {
              throw HttpFailures.status(response, what, token);
            }
            byte[] bytes = response.body().readNBytes(MAX_JSON + 1);
            if (bytes.length > MAX_JSON) {
              throw new StoreException(
                  HttpTransport.host(uri) + " sends more than 100 MB as the " + what);
            }
            return bytes;
          }
        });
  }

  @FunctionalInterface
  private interface Request<T> {
    T send() throws IOException, InterruptedException, RetryableException;
  }

  private <T> T retry(URI uri, Transfer transfer, Request<T> request) throws InterruptedException {
    for (int failed = 1; ; failed++) {
      RetryableException failure;
      try {
        return request.send();
      } catch (RetryableException e) {
        failure = e;
      } catch (IOException e) {
        failure = failures.connection(uri, e, failed > 1);
      }
      if (failed >= backoff.attempts()) {
        throw new StoreException(
            failure.getMessage() + "; gave up after " + failed + " attempts, try again later",
            failure);
      }
      var wait = backoff.delay(failed, failure.retryAfter());
      transfer.retrying(failure.getMessage(), wait);
      backoff.sleeper().sleep(wait);
    }
  }
}
