package io.longhaul.engine.cache;

import io.longhaul.engine.ModelException;
import io.longhaul.engine.file.Shown;
import io.longhaul.engine.file.UnfinishedFile;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A session on the disk: its tokens and the pages of its cache, as they lie in memory.
 *
 * <pre>
 * all numbers little-endian
 * header    8 bytes "LHCACHE\n", u32 version, u32 bytes of the header, u64 bytes of the file,
 *           32 bytes fingerprint of the model, u32 bytes of its name, the name in UTF-8,
 *           u32 positions of a page, u64 tokens, u32 planes,
 *           of each plane u32 element type (ggml's ids), u32 order (0 rows, 1 columns),
 *           u32 rows, u32 columns;  then a checksum
 * tokens    u32 each;  then a checksum
 * pages     of each page every plane, in order ({@link CacheLayout});  then a checksum
 * </pre>
 *
 * A checksum is the CRC-32C, in an u32, of all bytes before it that are no checksum themselves, so
 * a part that is damaged, lost, moved or from another file is noticed. The slots of the last page
 * behind the last token are zero: the file says nothing of texts that the session has forgotten.
 *
 * <p>Pages go to and from the disk without a copy in between, so a file may be as large as memory.
 */
public final class CacheFile {
  private CacheFile() {}

  /** What a file held. The cache belongs to the caller, who closes it. */
  public static final class Content {
    private final int[] tokens;
    private final KvCache cache;

    private Content(int[] tokens, KvCache cache) {
      this.tokens = tokens;
      this.cache = cache;
    }

    public int[] tokens() {
      return tokens.clone();
    }

    public KvCache cache() {
      return cache;
    }
  }

  /**
   * Writes a file beside the one of this name, then replaces it; an error leaves the old one.
   *
   * @param tokens those of the cache come first, more are ignored
   * @throws ModelException if it cannot be written
   */
  public static void write(Path path, ModelIdentity model, int[] tokens, KvCache cache) {
    if (Files.isDirectory(path)) {
      throw new ModelException(path + ": is a folder, expected the name of a file");
    }
    CacheFileHeader header = CacheFileHeader.of(model, cache.layout(), cache.length());
    try {
      UnfinishedFile.write(path, channel -> write(channel, header, tokens, cache));
    } catch (IOException e) {
      throw new ModelException(
          "%s: the session cannot be written: %s; a file that was there is as it was"
              .formatted(path, Shown.text(e.toString(), 300)),
          e);
    }
  }

  private static void write(
      FileChannel channel, CacheFileHeader header, int[] tokens, KvCache cache) throws IOException {
    var out = new ChecksumWriter(channel);
    out.write(header.encode());
    out.checksum();
    out.write(littleEndian(tokens, cache.length()));
    out.checksum();
    for (int i = 0; i < cache.pageCount(); i++) {
      cache.writePage(i, out::write);
      out.checksum();
    }
  }

  private static byte[] littleEndian(int[] tokens, int count) {
    byte[] bytes = new byte[Math.multiplyExact(count, Integer.BYTES)];
    CacheFileHeader.buffer(bytes).asIntBuffer().put(tokens, 0, count);
    return bytes;
  }

  /**
   * Reads a whole file, and checks all of it.
   *
   * @param model that the file has to be of
   * @param layout that its cache has to have
   * @param contextLength most tokens
   * @param vocabularySize which all tokens are below
   * @throws ModelException if the file is damaged, of another model or version, or has another
   *     layout
   */
  public static Content read(
      Path path, ModelIdentity model, CacheLayout layout, int contextLength, int vocabularySize) {
    if (!Files.isRegularFile(path)) {
      throw new ModelException(
          path + (Files.exists(path) ? ": is not a regular file" : ": no such file"));
    }
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      var in = new ChecksumReader(path, channel);
      CacheFileHeader header = CacheFileHeader.read(path, in, channel.size());
      header.check(path, model, layout, contextLength);
      int[] tokens = tokens(path, in, header, vocabularySize);
      return new Content(tokens, pages(path, in, layout, tokens.length));
    } catch (IOException e) {
      throw new ModelException(
          "%s: cannot be read: %s".formatted(path, Shown.text(e.toString(), 300)), e);
    }
  }

  private static int[] tokens(
      Path path, ChecksumReader in, CacheFileHeader header, int vocabularySize) throws IOException {
    int[] tokens = new int[Math.toIntExact(header.tokens())];
    byte[] bytes = in.read("the tokens", Math.multiplyExact(tokens.length, Integer.BYTES));
    in.checksum("the tokens");
    CacheFileHeader.buffer(bytes).asIntBuffer().get(tokens);
    for (int i = 0; i < tokens.length; i++) {
      if (tokens[i] < 0 || tokens[i] >= vocabularySize) {
        throw new ModelException(
            "%s: token %d is %d, not in the model's vocabulary of %d; delete the file"
                .formatted(path, i, Integer.toUnsignedLong(tokens[i]), vocabularySize));
      }
    }
    return tokens;
  }

  private static KvCache pages(Path path, ChecksumReader in, CacheLayout layout, int length)
      throws IOException {
    KvCache cache = new KvCache(layout);
    boolean read = false;
    try {
      for (int i = 0; i < layout.pages(length); i++) {
        String what = "page " + i;
        in.read(what, addPage(path, cache, length));
        in.checksum(what);
      }
      cache.advance(length);
      read = true;
      return cache;
    } finally {
      if (!read) {
        cache.close();
      }
    }
  }

  /** The header is true to the file's size by now, so only a lack of memory can fail here. */
  private static MemorySegment addPage(Path path, KvCache cache, int length) {
    try {
      return cache.addPage();
    } catch (OutOfMemoryError e) {
      throw new ModelException(
          "%s: the cache takes %,d bytes, more than there is memory for"
              .formatted(path, cache.layout().bytes(length)),
          e);
    }
  }
}
