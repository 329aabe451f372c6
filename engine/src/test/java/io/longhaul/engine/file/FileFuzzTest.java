package io.longhaul.engine.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.GenerationMode;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.domains.Domain;
import net.jqwik.api.domains.DomainContext;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/**
 * Files that are nearly sound, and files that are not at all, open or are refused; see {@link
 * FuzzTarget}. How many inputs ended how is written to {@code target/fuzz-outcomes.txt}. {@code
 * scripts/fuzz-files.sh} runs a million.
 */
@Domain(FuzzInputs.class)
@Domain(DomainContext.Global.class)
class FileFuzzTest {
  private static final Path REPORT = Path.of("target", "fuzz-outcomes.txt");

  private static final Map<String, FuzzTarget> TARGETS = new LinkedHashMap<>();
  private static final GgufBytes GGUF = GgufBytes.sound();
  private static final String INDEX =
      "{\"metadata\":{\"total_size\":8},"
          + "\"weight_map\":{\"a\":\"1.safetensors\",\"b\":\"2.safetensors\"}}";

  /** Of a safetensors file: the length of its header, and bytes of the header. */
  private static final List<GgufBytes.Field> FIELDS =
      Stream.concat(
              Stream.of(new GgufBytes.Field(0, Long.BYTES)),
              IntStream.range(0, 20).mapToObj(i -> new GgufBytes.Field(Long.BYTES + i * 9, 1)))
          .toList();

  /** Kept open: some file systems sync a file that is emptied and written anew. */
  private static final Map<Path, FileChannel> CHANNELS = new LinkedHashMap<>();

  private static Path folder;
  private static Path sharded;

  @BeforeContainer
  static void folders() throws IOException {
    folder = Files.createTempDirectory("fuzz");
    sharded = Files.createDirectory(folder.resolve("sharded"));
    Files.write(sharded.resolve("1.safetensors"), shard("a"));
    Files.write(sharded.resolve("2.safetensors"), shard("b"));
  }

  private static byte[] shard(String tensor) {
    return SafetensorsBytes.of(
        "{\"%s\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]}}".formatted(tensor), 4);
  }

  @AfterContainer
  static void report() throws IOException {
    var report = new StringBuilder();
    TARGETS.forEach((title, target) -> report.append(target.report(title)));
    Files.writeString(REPORT, report);
    for (Map.Entry<Path, FileChannel> written : CHANNELS.entrySet()) {
      written.getValue().close();
      Files.delete(written.getKey());
    }
    Files.delete(sharded.resolve("1.safetensors"));
    Files.delete(sharded.resolve("2.safetensors"));
    Files.delete(sharded);
    Files.delete(folder);
  }

  private static void open(String title, Path file, byte[] bytes) throws IOException {
    write(file, bytes);
    target(title).open(file, file.getFileName().toString());
  }

  private static FuzzTarget target(String title) {
    return TARGETS.computeIfAbsent(title, ignored -> new FuzzTarget());
  }

  private static void write(Path file, byte[] bytes) throws IOException {
    FileChannel channel = CHANNELS.get(file);
    if (channel == null) {
      channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
      CHANNELS.put(file, channel);
    }
    channel.write(ByteBuffer.wrap(bytes), 0);
    channel.truncate(bytes.length);
  }

  private static byte[] mutated(ByteMutation.Subject subject, List<ByteMutation> mutations) {
    for (ByteMutation mutation : mutations) {
      subject = subject.with(mutation.apply(subject));
    }
    return subject.bytes();
  }

  @Property(edgeCases = EdgeCasesMode.NONE, generation = GenerationMode.RANDOMIZED)
  void mutatedGguf(@ForAll List<ByteMutation> mutations) throws IOException {
    var sound = new ByteMutation.Subject(GGUF.bytes(), GGUF.fields(), GGUF.sections());
    open("GGUF, mutated", folder.resolve("fuzz.gguf"), mutated(sound, mutations));
  }

  @Property(edgeCases = EdgeCasesMode.NONE, generation = GenerationMode.RANDOMIZED)
  void randomGguf(@ForAll FuzzInputs.RandomGguf random) throws IOException {
    open("GGUF, random", folder.resolve("fuzz.gguf"), random.file());
  }

  @Property(edgeCases = EdgeCasesMode.NONE, generation = GenerationMode.RANDOMIZED)
  void mutatedSafetensors(
      @ForAll List<TextMutation> header,
      @ForAll List<ByteMutation> bytes,
      @ForAll @IntRange(max = 3) int chance)
      throws IOException {
    byte[] file =
        SafetensorsBytes.of(
            TextMutation.apply(SafetensorsBytes.SOUND, header), SafetensorsBytes.SOUND_DATA_BYTES);
    if (chance == 0) {
      file = mutated(new ByteMutation.Subject(file, FIELDS, List.of()), bytes);
    }
    open("safetensors, mutated", folder.resolve("fuzz.safetensors"), file);
  }

  @Property(edgeCases = EdgeCasesMode.NONE, generation = GenerationMode.RANDOMIZED)
  void randomSafetensors(
      @ForAll FuzzInputs.RandomJson header,
      @ForAll @IntRange(max = 40) int dataBytes,
      @ForAll byte[] bytes,
      @ForAll @IntRange(max = 7) int chance)
      throws IOException {
    byte[] file =
        switch (chance) {
          case 0 -> bytes;
          case 1 -> SafetensorsBytes.of(bytes, dataBytes);
          case 2, 3, 4 -> SafetensorsBytes.of(header.text(), dataBytes);
          // Sizes that the random offsets often add up to.
          default -> SafetensorsBytes.of(header.text(), dataBytes % 9 * 4);
        };
    open("safetensors, random", folder.resolve("fuzz.safetensors"), file);
  }

  @Property(edgeCases = EdgeCasesMode.NONE, generation = GenerationMode.RANDOMIZED)
  void index(
      @ForAll List<TextMutation> mutations,
      @ForAll List<ByteMutation> bytes,
      @ForAll FuzzInputs.RandomJson random,
      @ForAll @IntRange(max = 7) int chance)
      throws IOException {
    String text = chance == 0 ? random.text() : TextMutation.apply(INDEX, mutations);
    byte[] file = text.getBytes(StandardCharsets.UTF_8);
    if (chance == 1) {
      file = mutated(new ByteMutation.Subject(file, FIELDS, List.of()), bytes);
    }
    write(sharded.resolve("model.safetensors.index.json"), file);
    target("index, mutated or random").open(sharded, sharded.toString());
  }
}
