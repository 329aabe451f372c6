package io.longhaul.cli.store;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What a file must hash to.
 *
 * @param hex lower-case hexadecimal digits
 */
record Checksum(Kind kind, String hex) {
  private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");
  private static final Pattern SHA1 = Pattern.compile("[0-9a-f]{40}");

  enum Kind {
    /** Of the bytes; what the hub keeps for large files. */
    SHA256,
    /**
     * Git's object id: SHA-1 of "blob SIZE\0" and the bytes; what the hub keeps for small files.
     */
    GIT_BLOB
  }

  static Checksum sha256(String hex) {
    return new Checksum(Kind.SHA256, hex.toLowerCase(Locale.ROOT));
  }

  /** A hash by its length, as the hub's ETag headers carry it; empty if it is something else. */
  static Optional<Checksum> recognize(String text) {
    String hex = text.replace("\"", "").toLowerCase(Locale.ROOT);
    if (SHA256.matcher(hex).matches()) {
      return Optional.of(new Checksum(Kind.SHA256, hex));
    }
    return SHA1.matcher(hex).matches()
        ? Optional.of(new Checksum(Kind.GIT_BLOB, hex))
        : Optional.empty();
  }

  /**
   * The hash that the file has in place of this one.
   *
   * @param sha256 the file's SHA-256, already known
   */
  String actual(Path file, String sha256) throws IOException {
    if (kind == Kind.SHA256) {
      return sha256;
    }
    MessageDigest sha1 = digest("SHA-1");
    sha1.update(("blob " + Files.size(file) + "\0").getBytes(StandardCharsets.US_ASCII));
    try (InputStream in = Files.newInputStream(file)) {
      byte[] buffer = new byte[1 << 16];
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        sha1.update(buffer, 0, n);
      }
    }
    return HexFormat.of().formatHex(sha1.digest());
  }

  @Override
  public String toString() {
    return (kind == Kind.SHA256 ? "SHA-256 " : "git object id ") + hex;
  }

  static MessageDigest digest(String algorithm) {
    try {
      return MessageDigest.getInstance(algorithm);
    } catch (NoSuchAlgorithmException e) {
      // Every Java platform must have SHA-1 and SHA-256 (MessageDigest's own documentation).
      throw new IllegalStateException(e);
    }
  }
}
