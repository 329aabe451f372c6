package io.longhaul.cli.store;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Chooses the proxy of an address: first the JVM's own settings ({@code -Dhttps.proxyHost} and the
 * like), then {@code HTTPS_PROXY}, {@code HTTP_PROXY} and {@code NO_PROXY} as curl and pip read
 * them, in capitals or small letters.
 */
final class ProxySettings extends ProxySelector {
  private final Map<String, String> environment;
  private final Optional<ProxySelector> jvm;

  ProxySettings(Map<String, String> environment) {
    this(environment, Optional.ofNullable(ProxySelector.getDefault()));
  }

  ProxySettings(Map<String, String> environment, Optional<ProxySelector> jvm) {
    this.environment = environment;
    this.jvm = jvm;
  }

  @Override
  public List<Proxy> select(URI uri) {
    List<Proxy> own = jvm.map(selector -> selector.select(uri)).orElse(List.of());
    if (own.stream().anyMatch(proxy -> proxy.type() != Proxy.Type.DIRECT)) {
      return own;
    }
    return fromEnvironment(uri)
        .map(proxy -> InetSocketAddress.createUnresolved(proxy.getHost(), port(proxy)))
        .map(address -> List.of(new Proxy(Proxy.Type.HTTP, address)))
        .orElse(List.of(Proxy.NO_PROXY));
  }

  @Override
  public void connectFailed(URI uri, SocketAddress address, IOException e) {
    jvm.ifPresent(selector -> selector.connectFailed(uri, address, e));
  }

  /** The Proxy-Authorization header for an address whose proxy variable holds user:password. */
  Optional<String> authorization(URI uri) {
    boolean byJvm =
        jvm.map(selector -> selector.select(uri)).orElse(List.of()).stream()
            .anyMatch(proxy -> proxy.type() != Proxy.Type.DIRECT);
    if (byJvm) {
      return Optional.empty();
    }
    return fromEnvironment(uri)
        .map(URI::getRawUserInfo)
        .map(info -> URLDecoder.decode(info.replace("+", "%2B"), StandardCharsets.UTF_8))
        .map(info -> Base64.getEncoder().encodeToString(info.getBytes(StandardCharsets.UTF_8)))
        .map(encoded -> "Basic " + encoded);
  }

  /** "proxy HOST:PORT" when the address is reached by one, for error messages. */
  Optional<String> describe(URI uri) {
    return select(uri).stream()
        .filter(proxy -> proxy.address() instanceof InetSocketAddress)
        .map(proxy -> (InetSocketAddress) proxy.address())
        .map(address -> "proxy " + address.getHostString() + ":" + address.getPort())
        .findFirst();
  }

  private Optional<URI> fromEnvironment(URI uri) {
    String variable = uri.getScheme().toUpperCase(Locale.ROOT) + "_PROXY";
    Optional<String> text = variable(variable);
    if (text.isEmpty() || exempt(uri)) {
      return Optional.empty();
    }
    String address = text.get().contains("://") ? text.get() : "http://" + text.get();
    try {
      URI proxy = new URI(address);
      if (proxy.getHost() != null && "http".equalsIgnoreCase(proxy.getScheme())) {
        return Optional.of(proxy);
      }
    } catch (URISyntaxException notShown) {
      // The text may hold a password: neither it nor this exception, which quotes it, is shown.
      throw badProxy(variable);
    }
    throw badProxy(variable);
  }

  private static StoreException badProxy(String variable) {
    return new StoreException(
        variable + " is not the address of an HTTP proxy: write http://HOST:PORT");
  }

  private static int port(URI proxy) {
    return proxy.getPort() < 0 ? 80 : proxy.getPort();
  }

  /** NO_PROXY: a comma-separated list of "*", hosts, or domains; each may end in ":PORT". */
  private boolean exempt(URI uri) {
    String host = uri.getHost().toLowerCase(Locale.ROOT);
    int defaultPort = uri.getScheme().equalsIgnoreCase("https") ? 443 : 80;
    int port = uri.getPort() < 0 ? defaultPort : uri.getPort();
    for (String item : variable("NO_PROXY").orElse("").split(",", -1)) {
      String rule = item.strip().toLowerCase(Locale.ROOT);
      if (rule.equals("*")) {
        return true;
      }
      int colon = rule.lastIndexOf(':');
      // A single colon is a port; several are an IPv6 address.
      if (colon >= 0 && rule.indexOf(':') == colon) {
        if (!rule.substring(colon + 1).equals(Integer.toString(port))) {
          continue;
        }
        rule = rule.substring(0, colon);
      }
      String domain = rule.replaceFirst("^\\*?\\.", "");
      if (!domain.isEmpty()
          && (host.equals(domain)
              || host.equals("[" + domain + "]")
              || host.endsWith("." + domain))) {
        return true;
      }
    }
    return false;
  }

  private Optional<String> variable(String name) {
    return Stream.of(name.toLowerCase(Locale.ROOT), name)
        .map(variable -> environment.getOrDefault(variable, "").strip())
        .filter(text -> !text.isEmpty())
        .findFirst();
  }
}
