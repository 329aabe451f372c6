package io.longhaul.cli.store;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.longhaul.cli.json.JsonText;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A hub on this machine whose answers can go wrong in every way that a test asks for. */
public final class HubServer implements AutoCloseable {

  /** One answer to a request for some content. */
  @FunctionalInterface
  public interface Reply {
    void send(HttpExchange exchange, byte[] content) throws IOException;
  }

  /** What a client asked for. */
  public record Request(String method, String path, Headers headers) {
    public String header(String name) {
      return headers.getFirst(name);
    }
  }

  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Map<String, byte[]> contents = new ConcurrentHashMap<>();
  private final Map<String, Reply> usual = new ConcurrentHashMap<>();
  private final Map<String, Deque<Reply>> planned = new ConcurrentHashMap<>();
  private final List<Request> requests = new ArrayList<>();

  public HubServer() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/", this::answer);
    server.start();
  }

  public String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  /** The same server as another origin. */
  public String otherUrl() {
    return "http://localhost:" + server.getAddress().getPort();
  }

  public URI uri(String path) {
    return URI.create(url() + path);
  }

  public void content(String path, byte[] bytes) {
    contents.put(path, bytes);
  }

  /** The next answers for a path; after them it answers as it should. */
  public void next(String path, Reply... replies) {
    planned.computeIfAbsent(path, p -> new ArrayDeque<>()).addAll(List.of(replies));
  }

  /** All answers for a path that {@link #next} does not plan. */
  public void always(String path, Reply reply) {
    usual.put(path, reply);
  }

  public List<Request> requests(String path) {
    synchronized (requests) {
      return requests.stream().filter(r -> r.path().equals(path)).toList();
    }
  }

  public int requestCount() {
    synchronized (requests) {
      return requests.size();
    }
  }

  /** A repository as the hub lists it: large files by SHA-256, small ones by git object id. */
  public void repository(String name, String commit, Map<String, byte[]> files) {
    repository(name, "main", commit, files, true);
  }

  public void repository(
      String name, String revision, String commit, Map<String, byte[]> files, boolean details) {
    List<Object> siblings = new ArrayList<>();
    files.forEach(
        (file, bytes) -> {
          Map<String, Object> sibling = new LinkedHashMap<>();
          sibling.put("rfilename", file);
          if (details) {
            sibling.put("size", bytes.length);
            sibling.put("blobId", gitBlob(bytes));
            if (isLarge(file)) {
              sibling.put(
                  "lfs", Map.of("sha256", sha256(bytes), "size", bytes.length, "pointerSize", 134));
            }
          }
          siblings.add(sibling);
          String path = "/" + name + "/resolve/" + commit + "/" + file;
          content(path, bytes);
          always(path, hubFile(commit, isLarge(file)));
        });
    Map<String, Object> info = new LinkedHashMap<>();
    info.put("id", name);
    info.put("sha", commit);
    info.put("siblings", siblings);
    content(
        "/api/models/" + name + "/revision/" + revision,
        JsonText.of(info).getBytes(StandardCharsets.UTF_8));
  }

  private static boolean isLarge(String file) {
    return file.endsWith(".gguf") || file.endsWith(".safetensors");
  }

  private Reply hubFile(String commit, boolean large) {
    return (exchange, content) -> {
      Headers headers = exchange.getResponseHeaders();
      headers.set("X-Repo-Commit", commit);
      if (large) {
        headers.set("X-Linked-ETag", "\"" + sha256(content) + "\"");
        headers.set("X-Linked-Size", Integer.toString(content.length));
        String cdn = "/cdn/" + sha256(content);
        content(cdn, content);
        redirect(otherUrl() + cdn + "?signature=s3cr3t").send(exchange, content);
      } else {
        headers.set("ETag", "\"" + gitBlob(content) + "\"");
        whole().send(exchange, content);
      }
    };
  }

  private void answer(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    synchronized (requests) {
      Headers copy = new Headers();
      exchange.getRequestHeaders().forEach(copy::put);
      requests.add(new Request(exchange.getRequestMethod(), path, copy));
    }
    try {
      Deque<Reply> plan = planned.getOrDefault(path, new ArrayDeque<>());
      Reply reply;
      synchronized (plan) {
        reply = plan.poll();
      }
      byte[] content = contents.get(path);
      if (reply == null) {
        reply = usual.getOrDefault(path, content == null ? status(404) : whole());
      }
      reply.send(exchange, content == null ? new byte[0] : content);
    } finally {
      exchange.close();
    }
  }

  /** As it should be: with an ETag, and ranges where If-Range allows. */
  public static Reply whole() {
    return (exchange, content) -> {
      Headers headers = exchange.getResponseHeaders();
      if (!headers.containsKey("ETag")) {
        headers.set("ETag", etag(content));
      }
      String validator = exchange.getRequestHeaders().getFirst("If-Range");
      long start = rangeStart(exchange);
      boolean current = validator == null || validator.equals(headers.getFirst("ETag"));
      if (start >= content.length && start > 0 && current) {
        headers.set("Content-Range", "bytes */" + content.length);
        exchange.sendResponseHeaders(416, -1);
      } else if (start > 0 && current) {
        int from = (int) start;
        headers.set(
            "Content-Range", "bytes " + from + "-" + (content.length - 1) + "/" + content.length);
        send(exchange, 206, content, from, content.length);
      } else {
        send(exchange, 200, content, 0, content.length);
      }
    };
  }

  /** The whole file whatever range is asked for. */
  public static Reply ignoringRange() {
    return (exchange, content) -> send(exchange, 200, content, 0, content.length);
  }

  /** A 206 that claims, and holds, another range than the one asked for. */
  public static Reply wrongRange() {
    return (exchange, content) -> {
      int from = (int) rangeStart(exchange) / 2;
      exchange
          .getResponseHeaders()
          .set(
              "Content-Range", "bytes " + from + "-" + (content.length - 1) + "/" + content.length);
      send(exchange, 206, content, from, content.length);
    };
  }

  /** As {@link #whole}, and cut after so many bytes. */
  public static Reply cutAfter(int bytes) {
    return (exchange, content) -> {
      int from = (int) rangeStart(exchange);
      Headers headers = exchange.getResponseHeaders();
      headers.set("ETag", etag(content));
      if (from > 0) {
        headers.set(
            "Content-Range", "bytes " + from + "-" + (content.length - 1) + "/" + content.length);
      }
      exchange.sendResponseHeaders(from > 0 ? 206 : 200, content.length - from);
      OutputStream out = exchange.getResponseBody();
      out.write(content, from, Math.min(bytes, content.length - from));
      out.flush();
    };
  }

  /** Some bytes, and then silence for a while. */
  public static Reply stallingAfter(int bytes, Duration silence) {
    return (exchange, content) -> {
      cutAfter(bytes).send(exchange, content);
      pause(silence);
    };
  }

  /** The whole, slowly, with ranges. */
  public static Reply slowly(int chunk, Duration pause) {
    return (exchange, content) -> {
      int from = (int) rangeStart(exchange);
      Headers headers = exchange.getResponseHeaders();
      headers.set("ETag", etag(content));
      if (from > 0) {
        headers.set(
            "Content-Range", "bytes " + from + "-" + (content.length - 1) + "/" + content.length);
      }
      exchange.sendResponseHeaders(from > 0 ? 206 : 200, content.length - from);
      OutputStream out = exchange.getResponseBody();
      for (int i = from; i < content.length; i += chunk) {
        out.write(content, i, Math.min(chunk, content.length - i));
        out.flush();
        pause(pause);
      }
    };
  }

  /** The whole file in chunks: without Content-Length. */
  public static Reply withoutLength() {
    return (exchange, content) -> {
      exchange.sendResponseHeaders(200, 0);
      exchange.getResponseBody().write(content);
      exchange.getResponseBody().close();
    };
  }

  /** A page instead of the file. */
  public static Reply page(String html) {
    return (exchange, content) -> {
      byte[] bytes = html.getBytes(StandardCharsets.UTF_8);
      send(exchange, 200, bytes, 0, bytes.length);
    };
  }

  public static Reply other(byte[] bytes) {
    return (exchange, content) -> whole().send(exchange, bytes);
  }

  public static Reply status(int code, String... headers) {
    return (exchange, content) -> {
      for (int i = 0; i < headers.length; i += 2) {
        exchange.getResponseHeaders().set(headers[i], headers[i + 1]);
      }
      exchange.sendResponseHeaders(code, -1);
    };
  }

  public static Reply redirect(String location) {
    return status(302, "Location", location);
  }

  private static void send(HttpExchange exchange, int status, byte[] content, int from, int to)
      throws IOException {
    if (exchange.getRequestMethod().equals("HEAD")) {
      exchange.getResponseHeaders().set("Content-Length", Integer.toString(to - from));
      exchange.sendResponseHeaders(status, -1);
      return;
    }
    exchange.sendResponseHeaders(status, to == from ? -1 : to - from);
    exchange.getResponseBody().write(content, from, to - from);
    exchange.getResponseBody().close();
  }

  private static long rangeStart(HttpExchange exchange) {
    String range = exchange.getRequestHeaders().getFirst("Range");
    Matcher m = Pattern.compile("bytes=(\\d+)-").matcher(range == null ? "" : range);
    return m.matches() ? Long.parseLong(m.group(1)) : 0;
  }

  private static void pause(Duration time) {
    try {
      Thread.sleep(time);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  static String etag(byte[] content) {
    return "\"" + sha256(content).substring(0, 16) + "\"";
  }

  static String sha256(byte[] bytes) {
    return HexFormat.of().formatHex(Checksum.digest("SHA-256").digest(bytes));
  }

  /** Git's object id: `git hash-object`. */
  static String gitBlob(byte[] bytes) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    try {
      all.write(("blob " + bytes.length + "\0").getBytes(StandardCharsets.US_ASCII));
      all.write(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    MessageDigest sha1 = Checksum.digest("SHA-1");
    return HexFormat.of().formatHex(sha1.digest(all.toByteArray()));
  }

  /** A file that begins like GGUF and goes on with noise that no two seeds share. */
  public static byte[] gguf(int size, long seed) {
    byte[] bytes = new byte[size];
    new Random(seed).nextBytes(bytes);
    byte[] magic = "GGUF".getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(magic, 0, bytes, 0, Math.min(size, magic.length));
    return bytes;
  }

  static byte[] concat(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    Arrays.stream(parts).forEach(all::writeBytes);
    return all.toByteArray();
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
