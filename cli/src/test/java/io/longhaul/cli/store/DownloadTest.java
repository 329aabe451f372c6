package io.longhaul.cli.store;

import static io.longhaul.cli.store.HubServer.cutAfter;
import static io.longhaul.cli.store.HubServer.gguf;
import static io.longhaul.cli.store.HubServer.status;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One file over a network that fails. */
class DownloadTest {
  private static final String PATH = "/file";
  private static final byte[] CONTENT = gguf(200_000, 1);

  @TempDir Path temp;
  private HubServer server;
  private StoreFixture fixture;
  private Path parts;
  private Path target;

  @BeforeEach
  void start() throws IOException {
    server = new HubServer();
    server.content(PATH, CONTENT);
    fixture = new StoreFixture(temp, server.url());
    parts = Files.createDirectories(temp.resolve("parts"));
    target = temp.resolve("file.gguf");
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private RemoteFile known() {
    return new RemoteFile(
        "file.gguf",
        server.uri(PATH),
        OptionalLong.of(CONTENT.length),
        Optional.of(Checksum.sha256(HubServer.sha256(CONTENT))));
  }

  private RemoteFile unknown() {
    return new RemoteFile("file.gguf", server.uri(PATH), OptionalLong.empty(), Optional.empty());
  }

  private String fetch(RemoteFile file) throws InterruptedException {
    Settings settings = Settings.from(fixture.environment);
    try (HttpTransport http = new HttpTransport(settings)) {
      Transfer transfer = new Transfer(fixture.events::add, "m");
      transfer.start("test", file.size(), 0);
      return new Download(
              http, fixture.disk, fixture.backoff(), fixture.stall, settings.token().isPresent())
          .fetch(file, parts, target, transfer);
    }
  }

  private void assertWhole(RemoteFile file) throws Exception {
    assertThat(fetch(file)).isEqualTo(HubServer.sha256(CONTENT));
    assertThat(Files.readAllBytes(target)).isEqualTo(CONTENT);
    assertThat(parts).isEmptyDirectory();
    assertThat(fixture.lastProgress()).isEqualTo(CONTENT.length);
  }

  private List<String> ranges() {
    return server.requests(PATH).stream()
        .map(r -> r.header("Range") == null ? "" : r.header("Range"))
        .toList();
  }

  @Test
  void arrivesInOneRequest() throws Exception {
    assertWhole(known());
    assertThat(ranges()).containsExactly("");
  }

  @Test
  void goesOnAfterCuts() throws Exception {
    server.next(PATH, cutAfter(50_000), cutAfter(60_000));
    assertWhole(known());
    assertThat(ranges()).containsExactly("", "bytes=50000-", "bytes=110000-");
    assertThat(server.requests(PATH).get(1).header("If-Range")).isEqualTo(HubServer.etag(CONTENT));
    assertThat(fixture.waits).containsExactly(Duration.ofSeconds(1), Duration.ofSeconds(2));
  }

  @Test
  void goesOnInAnotherRun() throws Exception {
    server.next(PATH, cutAfter(50_000), status(503), status(503), status(503));
    assertThatThrownBy(() -> fetch(known()))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("gave up after 4 attempts")
        .hasMessageContaining("run the same command again");
    assertThat(target).doesNotExist();
    assertThat(parts.resolve("file.gguf.part")).hasSize(50_000);
    fixture.events.clear();
    assertThat(fetch(known())).isEqualTo(HubServer.sha256(CONTENT));
    assertThat(ranges().getLast()).isEqualTo("bytes=50000-");
    assertThat(Files.readAllBytes(target)).isEqualTo(CONTENT);
  }

  @Test
  void startsOverWhenTheServerIgnoresTheRange() throws Exception {
    server.next(PATH, cutAfter(50_000), HubServer.ignoringRange());
    assertWhole(known());
    assertThat(server.requests(PATH)).hasSize(2);
  }

  @Test
  void startsOverWhenTheServerSendsAnotherRange() throws Exception {
    server.next(PATH, cutAfter(50_000), HubServer.wrongRange());
    assertWhole(known());
    assertThat(ranges()).containsExactly("", "bytes=50000-", "");
  }

  @Test
  void startsOverWhenTheRangeIsRefused() throws Exception {
    server.next(PATH, cutAfter(50_000), status(416, "Content-Range", "bytes */10"));
    assertWhole(known());
    assertThat(ranges()).containsExactly("", "bytes=50000-", "");
  }

  @Test
  void takesTheNewVersionWhenTheEtagChanges() throws Exception {
    byte[] old = gguf(200_000, 2);
    server.content(PATH, old);
    server.next(PATH, cutAfter(50_000));
    server.next(PATH, status(500), status(500), status(500));
    assertThatThrownBy(() -> fetch(unknown())).hasMessageContaining("gave up");
    server.content(PATH, CONTENT);
    assertThat(fetch(unknown())).isEqualTo(HubServer.sha256(CONTENT));
    assertThat(server.requests(PATH).getLast().header("If-Range")).isEqualTo(HubServer.etag(old));
    assertThat(Files.readAllBytes(target)).isEqualTo(CONTENT);
  }

  @Test
  void dropsBytesOfAVersionWithAnotherHash() throws Exception {
    byte[] old = gguf(200_000, 2);
    server.content(PATH, old);
    server.next(PATH, cutAfter(50_000), status(500), status(500), status(500));
    RemoteFile before =
        new RemoteFile(
            "file.gguf",
            server.uri(PATH),
            OptionalLong.of(old.length),
            Optional.of(Checksum.sha256(HubServer.sha256(old))));
    assertThatThrownBy(() -> fetch(before)).hasMessageContaining("gave up");
    server.content(PATH, CONTENT);
    assertWhole(known());
    assertThat(ranges().getLast()).isEmpty();
  }

  @Test
  void joinsNothingThatDoesNotFit() throws Exception {
    // Without a validator a server may hand out the rest of another version: the hash tells.
    byte[] other = gguf(200_000, 3);
    server.next(
        PATH,
        cutAfter(50_000),
        (exchange, content) -> {
          exchange.getResponseHeaders().set("Content-Range", "bytes 50000-199999/200000");
          exchange.sendResponseHeaders(206, 150_000);
          exchange.getResponseBody().write(other, 50_000, 150_000);
        });
    assertWhole(known());
    assertThat(ranges()).containsExactly("", "bytes=50000-", "");
  }

  @Test
  void waitsAsLongAsTheServerAsks() throws Exception {
    String date =
        DateTimeFormatter.RFC_1123_DATE_TIME.format(
            Instant.now().plusSeconds(30).atOffset(ZoneOffset.UTC));
    server.next(
        PATH,
        status(429, "Retry-After", "7"),
        status(429, "Retry-After", "86400"),
        status(503, "Retry-After", date));
    assertWhole(known());
    assertThat(fixture.waits).hasSize(3).startsWith(Duration.ofSeconds(7), Duration.ofSeconds(60));
    assertThat(fixture.waits.get(2)).isBetween(Duration.ofSeconds(25), Duration.ofSeconds(30));
    assertThat(fixture.events)
        .filteredOn(PullEvent.Retrying.class::isInstance)
        .first()
        .asString()
        .contains("answers 429 (too many requests)");
  }

  @Test
  void triesAgainAfterServerErrors() throws Exception {
    server.next(PATH, status(500), status(502), status(504));
    assertWhole(known());
    assertThat(fixture.waits)
        .containsExactly(Duration.ofSeconds(1), Duration.ofSeconds(2), Duration.ofSeconds(4));
  }

  @Test
  void forgivesFailuresAfterRealProgress() throws Exception {
    byte[] large = gguf(12_000_000, 4);
    server.content(PATH, large);
    for (int i = 0; i < 8; i++) {
      server.next(PATH, cutAfter(1_200_000));
    }
    RemoteFile file =
        new RemoteFile(
            "file.gguf",
            server.uri(PATH),
            OptionalLong.of(large.length),
            Optional.of(Checksum.sha256(HubServer.sha256(large))));
    assertThat(fetch(file)).isEqualTo(HubServer.sha256(large));
    assertThat(fixture.waits).hasSize(8).containsOnly(Duration.ofSeconds(1));
  }

  @Test
  void givesUpOnAServerThatKeepsCutting() {
    for (int i = 0; i < 20; i++) {
      server.next(PATH, cutAfter(100));
    }
    assertThatThrownBy(() -> fetch(known())).hasMessageContaining("gave up after 4 attempts");
    assertThat(server.requests(PATH)).hasSize(4);
  }

  @Test
  void endsAConnectionThatFallsSilent() throws Exception {
    fixture.stall = Duration.ofMillis(300);
    server.next(PATH, HubServer.stallingAfter(50_000, Duration.ofSeconds(20)));
    long begun = System.nanoTime();
    assertWhole(known());
    assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(10));
    assertThat(fixture.events)
        .filteredOn(PullEvent.Retrying.class::isInstance)
        .singleElement()
        .asString()
        .contains("sends nothing any more");
  }

  @Test
  void takesABodyWithoutLength() throws Exception {
    server.next(PATH, HubServer.withoutLength());
    assertWhole(known());
    Files.delete(target);
    server.next(PATH, HubServer.withoutLength());
    assertWhole(unknown());
  }

  @Test
  void refusesAWrongHashAndRemovesTheBytes() {
    server.always(PATH, HubServer.other(gguf(200_000, 9)));
    assertThatThrownBy(() -> fetch(known()))
        .hasMessageContaining("has " + HubServer.sha256(gguf(200_000, 9)))
        .hasMessageContaining("in place of SHA-256 " + HubServer.sha256(CONTENT))
        .hasMessageContaining("removed");
    assertThat(target).doesNotExist();
    assertThat(parts).isEmptyDirectory();
    assertThat(server.requests(PATH)).hasSize(1);
  }

  @Test
  void checksGitObjectIds() throws Exception {
    RemoteFile right =
        new RemoteFile(
            "file.gguf",
            server.uri(PATH),
            OptionalLong.empty(),
            Checksum.recognize(HubServer.gitBlob(CONTENT)));
    assertWhole(right);
    server.content(PATH, gguf(200_000, 9));
    assertThatThrownBy(() -> fetch(right)).hasMessageContaining("git object id");
  }

  @Test
  void namesALoginPageInPlaceOfTheFile() {
    server.always(PATH, HubServer.page("<html>please log in</html>"));
    assertThatThrownBy(() -> fetch(known()))
        .hasMessageContaining("has 26 bytes for file.gguf, which should have 200000")
        .hasMessageContaining("login page");
  }

  @Test
  void stopsAtMoreBytesThanExpected() {
    server.always(
        PATH, (exchange, content) -> HubServer.withoutLength().send(exchange, gguf(300_000, 1)));
    assertThatThrownBy(() -> fetch(known()))
        .hasMessageContaining("sends more than the 200000 bytes");
  }

  @Test
  void followsRedirectsAndKeepsTheTokenAtHome() throws Exception {
    fixture.environment.put("HF_TOKEN", StoreFixture.TOKEN);
    server.content("/moved", CONTENT);
    server.content("/elsewhere", CONTENT);
    server.always(PATH, HubServer.redirect("/moved"));
    server.always("/moved", HubServer.redirect(server.otherUrl() + "/elsewhere"));
    assertWhole(known());
    String bearer = "Bearer " + StoreFixture.TOKEN;
    assertThat(server.requests(PATH).getFirst().header("Authorization")).isEqualTo(bearer);
    assertThat(server.requests("/moved").getFirst().header("Authorization")).isEqualTo(bearer);
    assertThat(server.requests("/elsewhere").getFirst().header("Authorization")).isNull();
  }

  @Test
  void endsARedirectLoop() {
    server.always(PATH, HubServer.redirect("/loop"));
    server.always("/loop", HubServer.redirect(PATH));
    assertThatThrownBy(() -> fetch(known())).hasMessageContaining("redirects without end");
    server.always("/deep", HubServer.redirect(PATH));
    for (int i = 0; i < 20; i++) {
      server.always("/deep" + i, HubServer.redirect("/deep" + (i + 1)));
    }
    server.always(PATH, HubServer.redirect("/deep0"));
    assertThatThrownBy(() -> fetch(known())).hasMessageContaining("redirects without end");
    assertThat(server.requestCount()).isLessThan(20);
  }

  @Test
  void refusesARedirectToAnotherScheme() {
    server.always(PATH, HubServer.redirect("ftp://example.org/file?secret=1"));
    assertThatThrownBy(() -> fetch(known()))
        .hasMessageContaining("not secure")
        .hasMessageNotContaining("secret");
  }

  @Test
  void asksAgainWhenASignedAddressHasRunOut() throws Exception {
    server.content("/signed", CONTENT);
    server.always(PATH, HubServer.redirect(server.otherUrl() + "/signed"));
    server.next("/signed", status(403));
    assertWhole(known());
    assertThat(server.requests(PATH)).hasSize(2);
  }

  @Test
  void saysWhatIsMissingOrForbidden() {
    for (Map.Entry<Integer, String> answer :
        Map.of(404, "check the spelling", 401, "set HF_TOKEN", 403, "set HF_TOKEN", 400, "400")
            .entrySet()) {
      server.always(PATH, status(answer.getKey()));
      assertThatThrownBy(() -> fetch(known()))
          .isInstanceOf(StoreException.class)
          .hasMessageContaining(answer.getValue())
          .message()
          .doesNotContain("\n");
    }
    assertThat(fixture.waits).isEmpty();
  }

  @Test
  void neverShowsTheToken() {
    fixture.environment.put("HF_TOKEN", StoreFixture.TOKEN);
    assertThat(Settings.from(fixture.environment).token().toString())
        .doesNotContain(StoreFixture.TOKEN);
    for (int code : List.of(400, 401, 403, 404, 407, 500)) {
      server.always(PATH, status(code));
      assertThatThrownBy(() -> fetch(known()))
          .hasMessageNotContaining(StoreFixture.TOKEN)
          .hasStackTraceContaining("Download.fetch")
          .satisfies(
              e -> assertThat(e.toString() + e.getCause()).doesNotContain(StoreFixture.TOKEN));
    }
    assertThat(fixture.events.toString()).doesNotContain(StoreFixture.TOKEN);
  }

  @Test
  void saysThatTheConnectionIsRefused() throws IOException {
    int port;
    try (ServerSocket closed = new ServerSocket(0)) {
      port = closed.getLocalPort();
    }
    RemoteFile file =
        new RemoteFile(
            "file.gguf",
            java.net.URI.create("http://127.0.0.1:" + port + "/x"),
            OptionalLong.empty(),
            Optional.empty());
    assertThatThrownBy(() -> fetch(file))
        .hasMessageContaining("127.0.0.1:" + port + " refuses the connection")
        .hasMessageContaining("HF_ENDPOINT");
  }

  @Test
  void saysThatTheHostIsUnknown() {
    RemoteFile file =
        new RemoteFile(
            "file.gguf",
            java.net.URI.create("http://no-such-host.invalid/x"),
            OptionalLong.empty(),
            Optional.empty());
    assertThatThrownBy(() -> fetch(file))
        .hasMessageContaining("cannot find the host no-such-host.invalid");
  }

  @Test
  void outlivesAServerThatDiesMidway() throws Exception {
    // The connection breaks, then it is refused for a while: the network may come back.
    RemoteFile file = known();
    HubServer dying = server;
    fixture.events.clear();
    Settings settings = Settings.from(fixture.environment);
    server.next(PATH, cutAfter(50_000));
    Backoff stopping =
        new Backoff(4, Duration.ofSeconds(1), Duration.ofSeconds(60), wait -> dying.close());
    try (HttpTransport http = new HttpTransport(settings)) {
      Transfer transfer = new Transfer(fixture.events::add, "m");
      Download download = new Download(http, Disk.REAL, stopping, fixture.stall, false);
      assertThatThrownBy(() -> download.fetch(file, parts, target, transfer))
          .hasMessageContaining("gave up after 4 attempts");
    }
    assertThat(fixture.events).filteredOn(PullEvent.Retrying.class::isInstance).hasSize(3);
    assertThat(parts.resolve("file.gguf.part")).hasSize(50_000);
  }
}
