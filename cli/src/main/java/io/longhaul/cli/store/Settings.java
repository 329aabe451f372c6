package io.longhaul.cli.store;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Where models are kept and how they are fetched, as the environment says.
 *
 * @param models the store's folder: {@code $LONGHAUL_HOME/models}, else {@code
 *     $XDG_CACHE_HOME/longhaul/models}, else {@code ~/.cache/longhaul/models}
 * @param offline whether {@code LONGHAUL_OFFLINE} forbids the network
 * @param hub the hub's address, {@code HF_ENDPOINT}
 * @param token the hub's token, {@code HF_TOKEN}
 * @param environment all variables, for child processes and proxies
 */
public record Settings(
    Path models,
    boolean offline,
    URI hub,
    Optional<Secret> token,
    Map<String, String> environment) {

  private static final String DEFAULT_HUB = "https://huggingface.co";

  public Settings {
    environment = Map.copyOf(environment);
  }

  /**
   * Reads the variables.
   *
   * @throws StoreException if a variable has a value that cannot be used
   */
  public static Settings from(Map<String, String> environment) {
    return new Settings(
        home(environment).resolve("models"),
        flag(environment, "LONGHAUL_OFFLINE"),
        hub(environment),
        value(environment, "HF_TOKEN").map(token -> Secret.of("HF_TOKEN", token)),
        environment);
  }

  /** The same settings without, or still without, the network. */
  public Settings withOffline(boolean wanted) {
    return new Settings(models, offline || wanted, hub, token, environment);
  }

  private static Path home(Map<String, String> environment) {
    Optional<String> moved = value(environment, "LONGHAUL_HOME");
    if (moved.isPresent()) {
      return path("LONGHAUL_HOME", moved.get()).toAbsolutePath().normalize();
    }
    // The XDG base directory specification: a path that is not absolute is to be ignored.
    Optional<Path> cache =
        value(environment, "XDG_CACHE_HOME")
            .map(text -> path("XDG_CACHE_HOME", text))
            .filter(Path::isAbsolute);
    String user = value(environment, "HOME").orElseGet(() -> System.getProperty("user.home"));
    return cache.orElseGet(() -> path("HOME", user).resolve(".cache")).resolve("longhaul");
  }

  private static URI hub(Map<String, String> environment) {
    String text = value(environment, "HF_ENDPOINT").orElse(DEFAULT_HUB);
    String problem =
        "HF_ENDPOINT is \"" + text + "\": it must be an address such as " + DEFAULT_HUB;
    try {
      URI uri = new URI(text.replaceAll("/+$", ""));
      String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
      if (!(scheme.equals("https") || scheme.equals("http")) || uri.getHost() == null) {
        throw new StoreException(problem);
      }
      if (uri.getRawUserInfo() != null || uri.getRawQuery() != null) {
        throw new StoreException(
            "HF_ENDPOINT must hold no user, password or query; the token belongs into HF_TOKEN");
      }
      return uri;
    } catch (URISyntaxException e) {
      throw new StoreException(problem, e);
    }
  }

  private static Path path(String variable, String text) {
    try {
      return Path.of(text);
    } catch (InvalidPathException e) {
      throw new StoreException(variable + " is not a path: " + e.getMessage(), e);
    }
  }

  private static boolean flag(Map<String, String> environment, String variable) {
    return value(environment, variable)
        .map(text -> text.toLowerCase(Locale.ROOT))
        .filter(text -> !(text.equals("0") || text.equals("false") || text.equals("no")))
        .isPresent();
  }

  private static Optional<String> value(Map<String, String> environment, String variable) {
    return Optional.ofNullable(environment.get(variable)).filter(text -> !text.isBlank());
  }
}
