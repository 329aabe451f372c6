package io.longhaul.cli.store;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Downloads one file so that any break can be gone on from: bytes already here are asked for no
 * more (RFC 9110, sections 13.1.5 and 14: Range with If-Range), and nothing gets its final name
 * before its hash is right.
 */
final class Download {
  /** Progress that makes up for earlier failures: a slow line may break often, but must move. */
  private static final long FORGIVING = 1 << 20;

  private static final Pattern CONTENT_RANGE = Pattern.compile("bytes (\\d+)-(\\d+)/(\\d+|\\*)");

  private final HttpTransport http;
  private final HttpFailures failures;
  private final Disk disk;
  private final Backoff backoff;
  private final Duration stall;
  private final boolean token;

  Download(HttpTransport http, Disk disk, Backoff backoff, Duration stall, boolean token) {
    this.http = http;
    this.failures = new HttpFailures(http.proxies());
    this.disk = disk;
    this.backoff = backoff;
    this.stall = stall;
    this.token = token;
  }

  /**
   * Brings the file to {@code target}.
   *
   * @param parts the folder of unfinished files; the transfer already counts what is there
   * @return the file's SHA-256
   * @throws StoreException if it cannot; what has arrived stays in {@code parts}
   */
  String fetch(RemoteFile file, Path parts, Path target, Transfer transfer)
      throws InterruptedException {
    String expected = file.checksum().map(Checksum::toString).orElse("");
    try (PartFile part = PartFile.open(disk, parts, file.name(), expected)) {
      boolean continued = part.size() > 0;
      while (true) {
        continued |= receiveAll(file, part, transfer);
        String sha256 = part.sha256();
        Optional<Checksum> wanted = file.checksum();
        String actual = wanted.isPresent() ? wanted.get().actual(part.file(), sha256) : sha256;
        if (wanted.isEmpty() || wanted.get().hex().equals(actual)) {
          part.moveTo(target);
          return sha256;
        }
        if (!continued) {
          part.discard();
          throw new StoreException(
              "%s from %s has %s in place of %s: removed; try again, or use another source"
                  .formatted(file.name(), HttpTransport.host(file.uri()), actual, wanted.get()));
        }
        // It was put together from several answers, one of which may have been of another
        // version. One in a single piece decides.
        transfer.add(-part.size());
        part.restart(Optional.empty());
        continued = false;
      }
    } catch (IOException e) {
      throw Disk.failure(target, e);
    }
  }

  /** Whether the bytes came in more than one answer. */
  private boolean receiveAll(RemoteFile file, PartFile part, Transfer transfer)
      throws InterruptedException {
    int failed = 0;
    int answers = 0;
    long best = part.size();
    while (true) {
      long before = part.size();
      try {
        if (file.size().isEmpty() || before != file.size().getAsLong()) {
          answers++;
          receive(file, part, transfer, best > 0 || answers > 1);
        }
        return answers > 1;
      } catch (RetryableException e) {
        failed = part.size() - best >= FORGIVING ? 1 : failed + 1;
        best = Math.max(best, part.size());
        if (failed >= backoff.attempts()) {
          throw new StoreException(
              e.getMessage()
                  + "; gave up after "
                  + failed
                  + " attempts, run the same command again to go on from what is there",
              e);
        }
        Duration wait = backoff.delay(failed, e.retryAfter());
        transfer.retrying(e.getMessage(), wait);
        backoff.sleeper().sleep(wait);
      }
    }
  }

  private void receive(RemoteFile file, PartFile part, Transfer transfer, boolean passing)
      throws RetryableException, InterruptedException {
    if (file.size().isPresent() && part.size() > file.size().getAsLong()) {
      startOver(part, transfer, Optional.empty());
    }
    Map<String, String> headers = new HashMap<>();
    headers.put("Accept-Encoding", "identity");
    if (part.size() > 0 && (part.etag().isPresent() || file.checksum().isPresent())) {
      headers.put("Range", "bytes=" + part.size() + "-");
      part.etag().ifPresent(etag -> headers.put("If-Range", etag));
    }
    try (HttpTransport.Response response = http.get(file.uri(), headers)) {
      OptionalLong total =
          switch (response.status()) {
            case 200 -> whole(file, part, response, transfer);
            case 206 -> rest(file, part, response, transfer);
            case 416 -> {
              startOver(part, transfer, Optional.empty());
              throw new RetryableException(
                  HttpTransport.host(response.uri()) + " does not have the rest of the file");
            }
            default -> throw HttpFailures.status(response, "file " + file.name(), token);
          };
      copy(file, response, part, total, transfer);
    } catch (IOException e) {
      throw failures.connection(file.uri(), e, passing);
    }
  }

  /** The whole file comes: whatever is here belongs to an older answer. */
  private static OptionalLong whole(
      RemoteFile file, PartFile part, HttpTransport.Response response, Transfer transfer) {
    OptionalLong length = response.headers().firstValueAsLong("Content-Length");
    checkLength(file, response, length);
    startOver(part, transfer, strongEtag(response));
    return file.size().isPresent() ? file.size() : length;
  }

  private static OptionalLong rest(
      RemoteFile file, PartFile part, HttpTransport.Response response, Transfer transfer)
      throws RetryableException {
    String range = response.headers().firstValue("Content-Range").orElse("");
    Matcher m = CONTENT_RANGE.matcher(range);
    boolean fits =
        m.matches() && m.group(1).length() < 19 && Long.parseLong(m.group(1)) == part.size();
    if (!fits || part.size() == 0) {
      startOver(part, transfer, Optional.empty());
      throw new RetryableException(
          HttpTransport.host(response.uri()) + " sent another part of the file than asked for");
    }
    OptionalLong length =
        m.group(3).equals("*") || m.group(3).length() > 18
            ? OptionalLong.empty()
            : OptionalLong.of(Long.parseLong(m.group(3)));
    checkLength(file, response, length);
    return file.size().isPresent() ? file.size() : length;
  }

  private static void checkLength(
      RemoteFile file, HttpTransport.Response response, OptionalLong length) {
    if (length.isPresent()
        && file.size().isPresent()
        && length.getAsLong() != file.size().getAsLong()) {
      throw new StoreException(
          "%s has %d bytes for %s, which should have %d: check the network for a login page, or use"
                  .formatted(
                      HttpTransport.host(response.uri()),
                      length.getAsLong(),
                      file.name(),
                      file.size().getAsLong())
              + " another source");
    }
  }

  private static void startOver(PartFile part, Transfer transfer, Optional<String> etag) {
    transfer.add(-part.size());
    part.restart(etag);
  }

  private static Optional<String> strongEtag(HttpTransport.Response response) {
    return response.headers().firstValue("ETag").filter(etag -> etag.startsWith("\""));
  }

  private void copy(
      RemoteFile file,
      HttpTransport.Response response,
      PartFile part,
      OptionalLong total,
      Transfer transfer)
      throws RetryableException {
    InputStream body = response.body();
    byte[] buffer = new byte[1 << 18];
    try (StallGuard guard = new StallGuard(body, stall)) {
      while (true) {
        int count;
        try {
          count = body.read(buffer);
        } catch (IOException e) {
          throw guard.stalled()
              ? new RetryableException(
                  HttpTransport.host(response.uri()) + " sends nothing any more")
              : new RetryableException(
                  "the connection to " + HttpTransport.host(response.uri()) + " broke",
                  Optional.empty(),
                  e);
        }
        if (count < 0) {
          break;
        }
        guard.progressed();
        if (total.isPresent() && part.size() + count > total.getAsLong()) {
          startOver(part, transfer, Optional.empty());
          throw new RetryableException(
              HttpTransport.host(response.uri())
                  + " sends more than the "
                  + total.getAsLong()
                  + " bytes of "
                  + file.name());
        }
        part.append(buffer, count);
        transfer.add(count);
      }
    }
    if (total.isPresent() && part.size() < total.getAsLong()) {
      throw new RetryableException(
          "the connection to " + HttpTransport.host(response.uri()) + " broke");
    }
  }
}
