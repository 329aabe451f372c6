package io.longhaul.cli.store;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * GET over HTTP/1.1 with redirects followed by hand, so that the token goes to the hub's origin
 * alone and never along a redirect to another one.
 */
final class HttpTransport implements AutoCloseable {
  private static final int MAX_REDIRECTS = 10;
  private static final Duration CONNECT = Duration.ofSeconds(20);
  private static final Duration HEADERS = Duration.ofSeconds(60);
  private static final String TUNNEL_SCHEMES = "jdk.http.auth.tunneling.disabledSchemes";

  private final URI hub;
  private final Optional<Secret> token;
  private final ProxySettings proxies;
  private final HttpClient client;

  /**
   * An answer after all redirects.
   *
   * @param uri who answered
   * @param origin whether the answer is from the origin that was asked
   */
  record Response(int status, HttpHeaders headers, InputStream body, URI uri, boolean origin)
      implements AutoCloseable {
    @Override
    public void close() throws IOException {
      body.close();
    }
  }

  HttpTransport(Settings settings) {
    hub = settings.hub();
    token = settings.token();
    proxies = new ProxySettings(settings.environment());
    if (proxies.authorization(hub).isPresent() && System.getProperty(TUNNEL_SCHEMES) == null) {
      // The JDK sends no Basic credentials to a proxy for https unless this is set before its
      // HTTP client is loaded. The user has put them into HTTPS_PROXY for just this.
      System.setProperty(TUNNEL_SCHEMES, "");
    }
    client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(CONNECT)
            .proxy(proxies)
            .build();
  }

  ProxySettings proxies() {
    return proxies;
  }

  /**
   * Asks for an address and follows every redirect.
   *
   * @throws IOException if no answer comes
   * @throws StoreException if the redirects lead nowhere
   */
  Response get(URI address, Map<String, String> headers) throws IOException, InterruptedException {
    return send("GET", address, headers);
  }

  /**
   * Asks for the headers alone. A redirect to another origin is not followed but returned: the
   * hub's own answer is what describes the file.
   */
  Response head(URI address) throws IOException, InterruptedException {
    return send("HEAD", address, Map.of("Accept-Encoding", "identity"));
  }

  private Response send(String method, URI address, Map<String, String> headers)
      throws IOException, InterruptedException {
    Set<URI> seen = new HashSet<>();
    URI uri = address;
    while (true) {
      if (!seen.add(uri) || seen.size() > MAX_REDIRECTS + 1) {
        throw new StoreException(
            host(address)
                + " redirects without end (at "
                + withoutQuery(uri)
                + "); try again later");
      }
      HttpResponse<InputStream> response =
          client.send(request(method, uri, headers), answer -> new BodyStream());
      Optional<URI> next = redirect(uri, response);
      boolean leaves =
          method.equals("HEAD") && next.isPresent() && !sameOrigin(next.get(), address);
      if (next.isEmpty() || leaves) {
        return new Response(
            response.statusCode(),
            response.headers(),
            response.body(),
            uri,
            sameOrigin(uri, address));
      }
      response.body().close();
      uri = next.get();
    }
  }

  private HttpRequest request(String method, URI uri, Map<String, String> headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri).timeout(HEADERS).header("User-Agent", "longhaul");
    headers.forEach(request::header);
    if (sameOrigin(uri, hub)) {
      token.ifPresent(secret -> request.header("Authorization", secret.bearer()));
    }
    proxies.authorization(uri).ifPresent(value -> request.header("Proxy-Authorization", value));
    return request.method(method, HttpRequest.BodyPublishers.noBody()).build();
  }

  private static Optional<URI> redirect(URI from, HttpResponse<?> response) {
    Optional<String> location = response.headers().firstValue("Location");
    return switch (response.statusCode()) {
      case 301, 302, 303, 307, 308 -> location.map(to -> resolve(from, to));
      default -> Optional.empty();
    };
  }

  private static URI resolve(URI from, String location) {
    try {
      URI to = from.resolve(location);
      boolean http = "http".equalsIgnoreCase(to.getScheme());
      boolean https = "https".equalsIgnoreCase(to.getScheme());
      if (to.getHost() != null
          && (https || (http && !"https".equalsIgnoreCase(from.getScheme())))) {
        return to;
      }
    } catch (IllegalArgumentException e) {
      throw new StoreException(host(from) + " redirects to something that is no address", e);
    }
    throw new StoreException(
        host(from) + " redirects to an address that is not secure: not followed");
  }

  private static boolean sameOrigin(URI a, URI b) {
    return a.getScheme().equalsIgnoreCase(b.getScheme())
        && a.getHost().equalsIgnoreCase(b.getHost())
        && port(a) == port(b);
  }

  private static int port(URI uri) {
    if (uri.getPort() >= 0) {
      return uri.getPort();
    }
    return uri.getScheme().equalsIgnoreCase("https") ? 443 : 80;
  }

  static String host(URI uri) {
    return uri.getPort() < 0 ? uri.getHost() : uri.getHost() + ":" + uri.getPort();
  }

  /** An address without its query, where download servers put signatures. */
  static String withoutQuery(URI uri) {
    return uri.getScheme() + "://" + host(uri) + uri.getRawPath();
  }

  @Override
  public void close() {
    client.shutdownNow();
    client.close();
  }
}
