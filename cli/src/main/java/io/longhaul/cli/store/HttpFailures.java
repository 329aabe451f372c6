package io.longhaul.cli.store;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import javax.net.ssl.SSLException;

/** What a failed request means for the user, and whether to try it again. */
final class HttpFailures {
  private final ProxySettings proxies;

  HttpFailures(ProxySettings proxies) {
    this.proxies = proxies;
  }

  /**
   * Sorts a failure to get any answer.
   *
   * @param passing whether the network worked a moment ago, so that even a refused connection or an
   *     unknown host may pass
   * @return what to throw when it may pass
   * @throws StoreException when it will not
   */
  RetryableException connection(URI uri, IOException e, boolean passing) {
    String host = HttpTransport.host(uri);
    String by = proxies.describe(uri).map(proxy -> " (by " + proxy + ")").orElse("");
    if (e instanceof HttpConnectTimeoutException) {
      return new RetryableException(host + by + " does not answer", Optional.empty(), e);
    }
    if (e instanceof HttpTimeoutException) {
      return new RetryableException(host + " accepts but does not answer", Optional.empty(), e);
    }
    if (e instanceof SSLException) {
      throw new StoreException(
          "no secure connection to "
              + host
              + by
              + ": "
              + e.getMessage()
              + "; if a proxy inspects traffic here, give Java its certificate with"
              + " -Djavax.net.ssl.trustStore",
          e);
    }
    String problem;
    if (isUnknownHost(e)) {
      problem =
          "cannot find the host "
              + host
              + by
              + ": check the network, HF_ENDPOINT and HTTPS_PROXY, or pull from a file";
    } else if (e instanceof ConnectException) {
      problem =
          host
              + by
              + " refuses the connection: check the network, HF_ENDPOINT and HTTPS_PROXY, or pull"
              + " from a file";
    } else {
      return new RetryableException(
          "the connection to " + host + by + " broke: " + text(e), Optional.empty(), e);
    }
    if (passing) {
      return new RetryableException(problem, Optional.empty(), e);
    }
    throw new StoreException(problem, e);
  }

  private static boolean isUnknownHost(Throwable e) {
    for (Throwable t = e; t != null; t = t.getCause()) {
      if (t instanceof UnknownHostException || t instanceof UnresolvedAddressException) {
        return true;
      }
    }
    return false;
  }

  static String text(Throwable e) {
    return e.getMessage() == null || e.getMessage().isBlank()
        ? e.getClass().getSimpleName()
        : e.getMessage().lines().findFirst().orElseThrow().strip();
  }

  /**
   * Sorts an answer that is not a success.
   *
   * @param what the thing asked for, in words
   * @throws StoreException when asking again will not help
   */
  static RetryableException status(HttpTransport.Response response, String what, boolean token) {
    int status = response.status();
    String host = HttpTransport.host(response.uri());
    if (status == 408 || status == 429 || status >= 500) {
      return new RetryableException(
          host + " answers " + status + reason(status), retryAfter(response), null);
    }
    if (status == 407) {
      throw new StoreException(
          "the proxy wants a user and password (407): put them into HTTPS_PROXY as"
              + " http://USER:PASSWORD@HOST:PORT");
    }
    if ((status == 401 || status == 403) && !response.origin()) {
      // The hub redirects to signed addresses, and those run out; a new one is asked for.
      return new RetryableException(host + " answers " + status, Optional.empty(), null);
    }
    if (status == 401 || status == 403) {
      throw new StoreException(
          host
              + " refuses "
              + what
              + " ("
              + status
              + "): "
              + (token
                  ? "the name is wrong, or HF_TOKEN may not read it; check both, and accept the"
                      + " model's terms on its page if it has some"
                  : "the name is wrong, or it needs permission; check it, accept the model's terms"
                      + " on its page, and set HF_TOKEN to a token of yours"));
    }
    if (status == 404) {
      throw new StoreException(
          host + " has no " + what + " (404): check the spelling, the revision and HF_ENDPOINT");
    }
    throw new StoreException(
        host + " answers " + status + " for " + what + ": check the source, or try again later");
  }

  private static String reason(int status) {
    return switch (status) {
      case 429 -> " (too many requests)";
      case 500, 502, 503, 504 -> " (trouble on its side)";
      default -> "";
    };
  }

  /** Retry-After (RFC 9110, section 10.2.3): seconds or a date. */
  private static Optional<Duration> retryAfter(HttpTransport.Response response) {
    Optional<String> value = response.headers().firstValue("Retry-After").map(String::strip);
    if (value.isEmpty()) {
      return Optional.empty();
    }
    String text = value.get();
    if (text.matches("\\d{1,9}")) {
      return Optional.of(Duration.ofSeconds(Long.parseLong(text)));
    }
    try {
      Instant then = ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
      Duration left = Duration.between(Instant.now(), then);
      return Optional.of(left.isNegative() ? Duration.ZERO : left);
    } catch (DateTimeException notADate) {
      return Optional.empty();
    }
  }
}
