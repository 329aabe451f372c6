package io.longhaul.engine.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.longhaul.engine.ModelException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.zip.CRC32C;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.GenerationMode;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/**
 * Damaged files are refused, and so are those that somebody has made up, checksums included; {@code
 * scripts/fuzz-sessions.sh} tries many more.
 */
class CacheFileDamageTest {
  private static final int CONTEXT = 1000;
  private static final int VOCABULARY = 500;
  private static final int CHECKSUM = Integer.BYTES;
  private static final int HEADER_LENGTH_AT = 12;

  /** Behind the fingerprint, which anything else would make that of another model. */
  private static final int FIELDS_AT = 56;

  /** Numbers that have broken parsers. */
  private static final List<Long> HOSTILE =
      List.of(
          0L,
          1L,
          -1L,
          127L,
          128L,
          129L,
          1000L,
          1001L,
          0x7FFFFFFFL,
          0x80000000L,
          0xFFFFFFFFL,
          0x1_0000_0000L,
          1L << 62,
          Long.MAX_VALUE,
          Long.MIN_VALUE);

  private static Path folder;
  private static Path file;

  /** Kept open: some file systems sync a file that is emptied and written anew. */
  private static FileChannel channel;

  private static byte[] sound;

  @BeforeContainer
  static void save() throws IOException {
    folder = Files.createTempDirectory("damage");
    sound = SavedCaches.file(folder, SavedCaches.SMALL, 140);
    file = folder.resolve("session");
    channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
  }

  @AfterContainer
  static void delete() throws IOException {
    channel.close();
    Files.delete(file);
    Files.delete(folder);
  }

  private static void write(byte[] bytes) throws IOException {
    channel.write(ByteBuffer.wrap(bytes), 0);
    channel.truncate(bytes.length);
  }

  private static KvCache read() {
    return CacheFile.read(file, SavedCaches.MODEL, SavedCaches.SMALL, CONTEXT, VOCABULARY).cache();
  }

  private static void assertRefused() {
    assertThatThrownBy(CacheFileDamageTest::read)
        .isInstanceOf(ModelException.class)
        .hasMessageStartingWith(file + ": ");
  }

  @Property(edgeCases = EdgeCasesMode.NONE, generation = GenerationMode.RANDOMIZED)
  void flippedBits(@ForAll @Size(min = 1, max = 9) List<@IntRange(max = 1 << 20) Integer> places)
      throws IOException {
    byte[] bytes = sound.clone();
    for (int place : places) {
      int bit = (int) (((long) place * 8 * bytes.length) >> 20) % (8 * bytes.length);
      bytes[bit / 8] ^= (byte) (1 << (bit % 8));
    }
    write(bytes);
    if (Arrays.equals(bytes, sound)) {
      read().close();
    } else {
      assertRefused();
    }
  }

  @Property(edgeCases = EdgeCasesMode.NONE, generation = GenerationMode.RANDOMIZED)
  void bytesOverwrittenLostOrAdded(@ForAll long seed) throws IOException {
    SplittableRandom random = new SplittableRandom(seed);
    int from = random.nextInt(sound.length);
    int to = from + random.nextInt(1 + Math.min(300, sound.length - from));
    byte[] piece = new byte[random.nextInt(300)];
    random.nextBytes(piece);
    if (random.nextInt(3) == 0) {
      Arrays.fill(piece, (byte) 0);
    }
    ByteBuffer bytes =
        ByteBuffer.allocate(from + piece.length + sound.length - to)
            .put(sound, 0, from)
            .put(piece)
            .put(sound, to, sound.length - to);
    write(bytes.array());
    if (Arrays.equals(bytes.array(), sound)) {
      read().close();
    } else {
      assertRefused();
    }
  }

  /** The page of another session of the same length, with its own checksum. */
  @Property(tries = 20)
  void partsOfAnotherFile(@ForAll @IntRange(min = 2, max = 1000) int seed) throws IOException {
    byte[] other;
    Path path = folder.resolve("other");
    try (KvCache cache = SavedCaches.filled(SavedCaches.SMALL, 140, seed)) {
      CacheFile.write(path, SavedCaches.MODEL, SavedCaches.tokens(140), cache);
      other = Files.readAllBytes(path);
      Files.delete(path);
    }
    int page = 1024 + CHECKSUM;
    assertThat(Arrays.mismatch(sound, other)).isGreaterThanOrEqualTo(sound.length - 2 * page);
    byte[] mixed = sound.clone();
    System.arraycopy(other, sound.length - 2 * page, mixed, sound.length - 2 * page, page);
    write(mixed);
    assertRefused();
  }

  /**
   * Numbers in the header that no writer writes, checksums that fit them. What opens all the same
   * is a cache as long as it says.
   */
  @Property(edgeCases = EdgeCasesMode.NONE, generation = GenerationMode.RANDOMIZED)
  void hostileHeaders(@ForAll long seed) throws IOException {
    SplittableRandom random = new SplittableRandom(seed);
    ByteBuffer bytes = ByteBuffer.wrap(sound.clone()).order(ByteOrder.LITTLE_ENDIAN);
    int header = bytes.getInt(HEADER_LENGTH_AT);
    for (int i = random.nextInt(1, 4); i > 0; i--) {
      long value =
          random.nextInt(4) == 0
              ? random.nextLong(3000)
              : HOSTILE.get(random.nextInt(HOSTILE.size()));
      int first = random.nextInt(4) == 0 ? 0 : FIELDS_AT;
      if (random.nextBoolean()) {
        bytes.putLong(random.nextInt(first, header - CHECKSUM - Long.BYTES), value);
      } else {
        bytes.putInt(random.nextInt(first, header - CHECKSUM - Integer.BYTES), (int) value);
      }
    }
    byte[] made = bytes.array();
    if (random.nextInt(4) == 0) {
      made = Arrays.copyOf(made, header + random.nextInt(made.length));
      ByteBuffer.wrap(made).order(ByteOrder.LITTLE_ENDIAN).putLong(16, made.length);
    }
    write(withChecksums(made, header));
    try (KvCache opened = read()) {
      assertThat(opened.length()).isLessThanOrEqualTo(CONTEXT);
      assertThat(opened.pageCount()).isEqualTo((opened.length() + 127) / 128);
    } catch (ModelException e) {
      assertThat(e).hasMessageStartingWith(file + ": ");
    }
  }

  /** Puts in the checksums that a writer of these bytes would. */
  private static byte[] withChecksums(byte[] bytes, int header) {
    ByteBuffer out = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    CRC32C sum = new CRC32C();
    int at = 0;
    for (int part : new int[] {header - CHECKSUM, 140 * Integer.BYTES, 1024, 1024}) {
      if (at + part + CHECKSUM <= bytes.length) {
        sum.update(bytes, at, part);
        out.putInt(at + part, (int) sum.getValue());
      }
      at += part + CHECKSUM;
    }
    return bytes;
  }

  /** The other properties would pass if nothing ever opened. */
  @Property(tries = 1)
  void theSoundFileOpens() throws IOException {
    write(sound);
    read().close();
    int header = ByteBuffer.wrap(sound).order(ByteOrder.LITTLE_ENDIAN).getInt(HEADER_LENGTH_AT);
    assertThat(withChecksums(sound.clone(), header)).isEqualTo(sound);
  }
}
