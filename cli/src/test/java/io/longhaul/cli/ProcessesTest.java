package io.longhaul.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.longhaul.cli.store.HubServer;
import io.longhaul.cli.store.Store;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command in JVMs of its own: what it prints, how it ends, how it lives through a kill. */
class ProcessesTest {
  private static final byte[] MODEL = HubServer.gguf(2_000_000, 1);
  private static final String TOKEN = "hf_tEsTtOkEnThatMustNeverShow";

  @TempDir Path temp;
  private HubServer server;
  private final List<Process> started = new ArrayList<>();

  @BeforeEach
  void start() throws IOException {
    server = new HubServer();
    server.repository("org/m", "a".repeat(40), Map.of("m.gguf", MODEL));
  }

  @AfterEach
  void stop() {
    started.forEach(Process::destroyForcibly);
    server.close();
  }

  private static String cdn() throws Exception {
    return "/cdn/" + HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(MODEL));
  }

  private record Outcome(int code, String out, String err) {}

  private Process launch(String... arguments) throws IOException {
    return launch(Map.of(), arguments);
  }

  private Process launch(Map<String, String> more, String... arguments) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                // What the manifest of longhaul.jar gives it.
                "--add-exports=java.base/jdk.internal.module=ALL-UNNAMED",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                "io.longhaul.cli.Longhaul"));
    command.addAll(List.of(arguments));
    int n = started.size();
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectOutput(temp.resolve("out" + n).toFile())
            .redirectError(temp.resolve("err" + n).toFile());
    builder.environment().putAll(environment());
    builder.environment().remove("LONGHAUL_OFFLINE");
    builder.environment().putAll(more);
    Process process = builder.start();
    started.add(process);
    return process;
  }

  private Map<String, String> environment() {
    return Map.of(
        "LONGHAUL_HOME",
        temp.resolve("home").toString(),
        "HF_ENDPOINT",
        server.url(),
        "NO_PROXY",
        "*",
        "HF_TOKEN",
        TOKEN);
  }

  private Outcome finish(Process process) throws Exception {
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    int n = started.indexOf(process);
    Outcome outcome =
        new Outcome(
            process.exitValue(),
            Files.readString(temp.resolve("out" + n)),
            Files.readString(temp.resolve("err" + n)));
    assertThat(outcome.out() + outcome.err()).doesNotContain(TOKEN);
    return outcome;
  }

  private Outcome run(String... arguments) throws Exception {
    return finish(launch(arguments));
  }

  private void waitFor(String what, Path file, long bytes) throws Exception {
    long limit = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    while (!(Files.exists(file) && Files.size(file) >= bytes)) {
      assertThat(System.nanoTime()).as(what).isLessThan(limit);
      Thread.sleep(20);
    }
  }

  private Path part() throws IOException {
    Path staging = temp.resolve("home/models/.staging/m");
    if (!Files.isDirectory(staging)) {
      return staging.resolve("none");
    }
    try (Stream<Path> walk = Files.walk(staging)) {
      return walk.filter(p -> p.toString().endsWith(".part"))
          .findFirst()
          .orElse(staging.resolve("none"));
    }
  }

  @Test
  void aKillLeavesNothingHalfInstalledAndTheNextRunGoesOn() throws Exception {
    server.content(cdn(), MODEL);
    server.always(cdn(), HubServer.slowly(20_000, Duration.ofMillis(20)));
    Process killed = launch("pull", "hf:org/m");
    long limit = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    while (!Files.exists(part()) || Files.size(part()) < 200_000) {
      assertThat(System.nanoTime()).as("bytes arrive").isLessThan(limit);
      Thread.sleep(20);
    }
    killed.destroyForcibly();
    assertThat(finish(killed).code()).isEqualTo(137);
    long kept = Files.size(part());
    assertThat(kept).isBetween(200_000L, MODEL.length - 1L);
    assertThat(Store.open(environment()).contents().models()).isEmpty();
    assertThat(run("models").out()).contains("m  ").contains("unfinished");

    server.always(cdn(), HubServer.whole());
    Outcome again = run("pull", "hf:org/m");
    assertThat(again.code()).as(again.err()).isZero();
    assertThat(again.err()).contains("going on after");
    assertThat(server.requests(cdn()).getLast().header("Range")).isEqualTo("bytes=" + kept + "-");
    Path file = Store.open(environment()).resolve("m");
    assertThat(Files.readAllBytes(file)).isEqualTo(MODEL);
    assertThat(part()).doesNotExist();
  }

  @Test
  void twoProcessesShareOnePull() throws Exception {
    server.content(cdn(), MODEL);
    server.always(cdn(), HubServer.slowly(20_000, Duration.ofMillis(30)));
    Process first = launch("pull", "hf:org/m");
    waitFor("the first starts", temp.resolve("err0"), 10);
    Process second = launch("pull", "hf:org/m");
    waitFor("the second waits", temp.resolve("err1"), 10);
    assertThat(first.isAlive()).isTrue();
    Outcome one = finish(first);
    Outcome two = finish(second);
    assertThat(one.code()).as(one.err()).isZero();
    assertThat(two.code()).as(two.err()).isZero();
    assertThat(one.out()).contains("m is ready");
    assertThat(two.err()).contains("waiting for another longhaul");
    assertThat(two.out()).contains("m is already here");
    assertThat(server.requests(cdn())).hasSize(1);
  }

  @Test
  void theOneThatWaitsGoesOnWhenTheOtherIsKilled() throws Exception {
    server.content(cdn(), MODEL);
    server.next(cdn(), HubServer.slowly(20_000, Duration.ofMillis(50)));
    Process first = launch("pull", "hf:org/m");
    waitFor("the first starts", temp.resolve("err0"), 10);
    Process second = launch("pull", "hf:org/m");
    waitFor("the second waits", temp.resolve("err1"), 10);
    first.destroyForcibly();
    Outcome two = finish(second);
    assertThat(two.code()).as(two.err()).isZero();
    assertThat(two.out()).contains("m is ready");
    assertThat(Files.readAllBytes(Store.open(environment()).resolve("m"))).isEqualTo(MODEL);
  }

  @Test
  void aPullThatIsNoTerminalPrintsALineAtTheStartAndOneAtTheEnd() throws Exception {
    Outcome outcome = run("pull", "hf:org/m");
    assertThat(outcome.err().lines())
        .hasSize(2)
        .satisfies(
            lines -> {
              assertThat(lines.get(0)).isEqualTo("pulling m (2.00 MB) from hf:org/m");
              assertThat(lines.get(1)).startsWith("pulled m (2.00 MB) in ");
            });
    assertThat(outcome.err().getBytes(StandardCharsets.UTF_8))
        .doesNotContain((byte) '\r', (byte) 0x1b);
    assertThat(outcome.out())
        .isEqualTo("m is ready: " + temp.resolve("home/models/m/m.gguf") + " (2.00 MB)\n");
  }

  @Test
  void errorsAreOneLineAndUsageIsAnother() throws Exception {
    server.always("/api/models/org/gated/revision/main", HubServer.status(403));
    Outcome gated = run("pull", "hf:org/gated");
    assertThat(gated.code()).isEqualTo(1);
    assertThat(gated.err().lines()).singleElement().asString().startsWith("longhaul: 127.0.0.1:");
    Outcome debug = run("--debug", "pull", "hf:org/gated");
    assertThat(debug.err()).contains("\tat io.longhaul.cli.store.");
    Outcome usage = run("pull", "--nope", "x");
    assertThat(usage.code()).isEqualTo(2);
    assertThat(usage.err()).startsWith("longhaul: Unknown option: '--nope'");
    assertThat(run().code()).isEqualTo(2);
    assertThat(run("--version").out()).startsWith("longhaul ");
  }

  @Test
  void theProxysPasswordReachesTheProxyAlone() throws Exception {
    // In a JVM of its own: the JDK's client reads the setting that allows this once.
    try (ServerSocket proxy = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      CompletableFuture<List<String>> head = CompletableFuture.supplyAsync(() -> refuse(proxy));
      Map<String, String> environment =
          Map.of(
              "HF_ENDPOINT", "https://hub.invalid",
              "HTTPS_PROXY", "http://user:pa55@127.0.0.1:" + proxy.getLocalPort(),
              "https_proxy", "",
              "NO_PROXY", "",
              "no_proxy", "");
      Outcome outcome = finish(launch(environment, "pull", "hf:org/m"));
      assertThat(outcome.code()).isEqualTo(1);
      assertThat(outcome.err()).contains("the proxy wants a user and password");
      assertThat(outcome.err()).doesNotContain("pa55");
      assertThat(head.get(10, TimeUnit.SECONDS))
          .contains("CONNECT hub.invalid:443 HTTP/1.1", "Proxy-Authorization: Basic dXNlcjpwYTU1")
          .noneMatch(line -> line.contains("Bearer"));
    }
  }

  private static List<String> refuse(ServerSocket proxy) {
    try (Socket socket = proxy.accept()) {
      BufferedReader in =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
      List<String> head = new ArrayList<>();
      for (String line = in.readLine(); line != null && !line.isEmpty(); line = in.readLine()) {
        head.add(line);
      }
      String answer =
          "HTTP/1.1 407 Refused\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n";
      socket.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
      socket.getOutputStream().flush();
      return head;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
