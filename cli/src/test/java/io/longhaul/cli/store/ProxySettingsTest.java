package io.longhaul.cli.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProxySettingsTest {
  private static final URI HTTPS = URI.create("https://hub.example.org/x");
  private static final URI HTTP = URI.create("http://hub.example.org/x");

  private static String choose(URI uri, String... environment) {
    return settings(environment).describe(uri).orElse("direct");
  }

  private static ProxySettings settings(String... environment) {
    Map<String, String> map = new java.util.HashMap<>();
    for (int i = 0; i < environment.length; i += 2) {
      map.put(environment[i], environment[i + 1]);
    }
    return new ProxySettings(map, Optional.empty());
  }

  @Test
  void readsTheVariables() {
    assertThat(choose(HTTPS)).isEqualTo("direct");
    assertThat(choose(HTTPS, "HTTPS_PROXY", "http://p:3128")).isEqualTo("proxy p:3128");
    assertThat(choose(HTTPS, "https_proxy", "p:3128/")).isEqualTo("proxy p:3128");
    assertThat(choose(HTTPS, "HTTPS_PROXY", "http://p")).isEqualTo("proxy p:80");
    assertThat(choose(HTTPS, "HTTP_PROXY", "http://p:1")).isEqualTo("direct");
    assertThat(choose(HTTP, "HTTP_PROXY", "http://p:1")).isEqualTo("proxy p:1");
    assertThat(choose(HTTPS, "HTTPS_PROXY", " ")).isEqualTo("direct");
    assertThat(choose(HTTPS, "https_proxy", "", "HTTPS_PROXY", "p:1")).isEqualTo("proxy p:1");
  }

  @Test
  void heedsExceptions() {
    for (String rule :
        new String[] {
          "*",
          "hub.example.org",
          "example.org",
          ".example.org",
          "*.example.org",
          "a, b ,EXAMPLE.org",
          "hub.example.org:443"
        }) {
      assertThat(choose(HTTPS, "HTTPS_PROXY", "p:1", "NO_PROXY", rule))
          .as(rule)
          .isEqualTo("direct");
    }
    for (String rule : new String[] {"", ",", "ample.org", "hub.example.org:80", "org.uk", "hub"}) {
      assertThat(choose(HTTPS, "HTTPS_PROXY", "p:1", "no_proxy", rule))
          .as(rule)
          .isEqualTo("proxy p:1");
    }
    assertThat(
            choose(
                URI.create("http://[::1]:8080/"), "HTTP_PROXY", "p:1", "NO_PROXY", "127.0.0.1,::1"))
        .isEqualTo("direct");
  }

  @Test
  void theJvmsOwnSettingsComeFirst() {
    ProxySelector jvm = ProxySelector.of(InetSocketAddress.createUnresolved("jvm-proxy", 9));
    Map<String, String> environment = Map.of("HTTPS_PROXY", "http://user:pw@env-proxy:1");
    ProxySettings settings = new ProxySettings(environment, Optional.of(jvm));
    assertThat(settings.describe(HTTPS)).contains("proxy jvm-proxy:9");
    assertThat(settings.authorization(HTTPS)).isEmpty();
    ProxySelector none = ProxySelector.of(null);
    settings = new ProxySettings(environment, Optional.of(none));
    assertThat(settings.describe(HTTPS)).contains("proxy env-proxy:1");
    assertThat(settings.select(HTTPS)).extracting(Proxy::type).containsExactly(Proxy.Type.HTTP);
  }

  @Test
  void refusesWhatIsNoHttpProxyAndHidesThePassword() {
    for (String bad : new String[] {"socks5://u:pa55@p:1", "http://u:pa55@", "http://u:pa55@p q"}) {
      assertThatThrownBy(() -> choose(HTTPS, "HTTPS_PROXY", bad))
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("HTTPS_PROXY")
          .hasMessageNotContaining("pa55");
    }
  }

  @Test
  void knowsUserAndPassword() {
    // RFC 7617's own example.
    assertThat(settings("HTTPS_PROXY", "http://Aladdin:open%20sesame@p:1").authorization(HTTPS))
        .contains("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    assertThat(settings("HTTPS_PROXY", "http://p:1").authorization(HTTPS)).isEmpty();
  }

  @Test
  void plainRequestsGoThroughTheProxy(@TempDir Path temp) throws Exception {
    try (HubServer proxy = new HubServer()) {
      StoreFixture fixture = new StoreFixture(temp, "http://hub.invalid");
      fixture.environment.put("HTTP_PROXY", proxy.url().replace("http://", "http://u:p@"));
      proxy.repository("org/m", "a".repeat(40), Map.of("m.gguf", HubServer.gguf(1000, 1)));
      // The proxy's answers come from here whatever host was asked for, so the "CDN" does too.
      fixture.pull("hf:org/m");
      assertThat(fixture.bytes("m", "m.gguf")).isEqualTo(HubServer.gguf(1000, 1));
      assertThat(proxy.requests("/api/models/org/m/revision/main").getFirst())
          .satisfies(
              request -> {
                assertThat(request.header("Host")).isEqualTo("hub.invalid");
                assertThat(request.header("Proxy-Authorization")).isEqualTo("Basic dTpw");
              });
    }
  }

  @Test
  void secureRequestsAskTheProxyForATunnel(@TempDir Path temp) throws Exception {
    try (ServerSocket proxy = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      CompletableFuture<String> request = CompletableFuture.supplyAsync(() -> refuseTunnel(proxy));
      StoreFixture fixture = new StoreFixture(temp, "https://hub.invalid");
      fixture.environment.put("HTTPS_PROXY", "http://127.0.0.1:" + proxy.getLocalPort());
      assertThatThrownBy(() -> fixture.pull("hf:org/m"))
          .hasMessageContaining("the proxy wants a user and password (407)");
      assertThat(request.get(10, TimeUnit.SECONDS)).startsWith("CONNECT hub.invalid:443 HTTP/1.1");
    }
  }

  private static String refuseTunnel(ServerSocket proxy) {
    try (Socket socket = proxy.accept()) {
      BufferedReader in =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
      StringBuilder head = new StringBuilder();
      for (String line = in.readLine(); line != null && !line.isEmpty(); line = in.readLine()) {
        head.append(line).append('\n');
      }
      socket
          .getOutputStream()
          .write(
              "HTTP/1.1 407 Refused\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n"
                  .getBytes(StandardCharsets.US_ASCII));
      socket.getOutputStream().flush();
      return head.toString();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
