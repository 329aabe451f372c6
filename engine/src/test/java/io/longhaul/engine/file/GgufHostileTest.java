package io.longhaul.engine.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.longhaul.engine.ModelException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A GGUF file that claims what it does not hold gets an error with file, field and value. */
class GgufHostileTest {
  private static final long TWO_63 = Long.MIN_VALUE;
  private static final int F32 = 0;
  private static final int Q4_K = 12;

  @TempDir Path folder;

  static Stream<Arguments> hostileFiles() {
    return Stream.of(
        arguments("bad magic", new GgufBytes().raw('G', 'G', 'M', 'L').u32(3), "begin with GGUF"),
        arguments("shorter than the magic", new GgufBytes().raw('G', 'G'), "magic number needs 4"),
        arguments("version 0", GgufBytes.header(0, 0, 0), "GGUF version 0 is not supported"),
        arguments("version 1", GgufBytes.header(1, 0, 0), "GGUF version 1 is not supported"),
        arguments("version 4", GgufBytes.header(4, 0, 0), "GGUF version 4 is not supported"),
        arguments("version -1", GgufBytes.header(-1, 0, 0), "GGUF version 4294967295 is"),
        arguments("big-endian", GgufBytes.header(3 << 24, 0, 0), "big-endian (version 3)"),
        arguments(
            "2^63 tensors",
            GgufBytes.header(TWO_63, 0),
            "the tensor count is 9223372036854775808, but the 8 bytes left hold at most 0"),
        arguments(
            "2^63 pairs",
            GgufBytes.header(0, TWO_63).raw(new int[100]),
            "the metadata count is 9223372036854775808, but the 100 bytes left hold at most 7"),
        arguments(
            "2^64-1 pairs", GgufBytes.header(0, -1), "the metadata count is 18446744073709551615"),
        arguments(
            "string of 2^63 bytes",
            GgufBytes.header(0, 1).u64(TWO_63).raw(new int[20]),
            "metadata field 0: the key is 9223372036854775808, but the 20 bytes left"),
        arguments(
            "string one byte beyond the end",
            GgufBytes.header(0, 1).u64(21).raw(new int[20]),
            "the key is 21, but the 20 bytes left hold at most 20"),
        arguments("empty key", GgufBytes.header(0, 1).uint32("", 1), "the key is empty"),
        arguments(
            "invalid UTF-8 in a key",
            GgufBytes.header(0, 1).u64(2).raw(0xc3, 0x28).u32(7).u8(0),
            "metadata field 0: the key before byte 34 is not valid UTF-8"),
        arguments(
            "surrogate in UTF-8",
            GgufBytes.header(0, 1).u64(3).raw(0xed, 0xa0, 0x80).u32(7).u8(0),
            "is not valid UTF-8"),
        arguments(
            "duplicate key",
            GgufBytes.header(0, 2).uint32("k", 1).uint32("k", 2),
            "metadata field k: the key occurs twice"),
        arguments(
            "unknown value type",
            GgufBytes.header(0, 1).string("k").u32(13).u64(0),
            "metadata field k: the value type is 13, expected 0 to 12"),
        arguments(
            "unknown element type",
            array(file -> file.u32(0xffffffffL).u64(0)),
            "metadata field k: the element type is 4294967295"),
        arguments(
            "2^63 elements",
            array(file -> file.array(GgufType.UINT8, TWO_63)),
            "metadata field k: the array's length is 9223372036854775808"),
        arguments(
            "elements beyond the end",
            array(file -> file.array(GgufType.UINT32, 3).raw(new int[11])),
            "the array's length is 3, but the 11 bytes left hold at most 2"),
        arguments(
            "strings beyond the end",
            array(file -> file.array(GgufType.STRING, 2).string("abcdefgh").u32(0)),
            "metadata field k: the value needs 8 bytes"),
        arguments("arrays too deep", array(GgufHostileTest::deep), "nested more than 8 deep"),
        arguments(
            "boolean 2",
            GgufBytes.header(0, 1).string("k").u32(7).u8(2),
            "metadata field k: a boolean is 2, expected 0 or 1"),
        arguments(
            "alignment 0", GgufBytes.header(0, 1).uint32("general.alignment", 0), "value is 0, "),
        arguments(
            "alignment 24",
            GgufBytes.header(0, 1).uint32("general.alignment", 24),
            "metadata field general.alignment: the value is 24, expected a power of two"),
        arguments(
            "alignment 2^31",
            GgufBytes.header(0, 1).uint32("general.alignment", 1L << 31),
            "the value is 2147483648, expected a power of two up to 1073741824"),
        arguments(
            "alignment not a number",
            GgufBytes.header(0, 1).string("general.alignment").u32(8).string("32"),
            "metadata field general.alignment: the value is 32, expected a power of two"),
        arguments(
            "offset not aligned",
            tensor(F32, 4, 8),
            "tensor t: offset 4 is not a multiple of the alignment 32"),
        arguments(
            "offset beyond the end",
            tensor(F32, 1024, 8),
            "tensor t: offset 1024 and 32 bytes go beyond the 256 bytes of data"),
        arguments(
            "offset 2^63", tensor(F32, TWO_63, 8), "offset 9223372036854775808 and 32 bytes go"),
        arguments(
            "offset 2^64-32", tensor(F32, -32, 8), "offset 18446744073709551584 and 32 bytes go"),
        arguments("data beyond the end", tensor(F32, 224, 9), "offset 224 and 36 bytes go beyond"),
        arguments(
            "no data at all",
            GgufBytes.header(1, 0).tensor("t", F32, 0, 8),
            "offset 0 and 32 bytes go beyond the 0 bytes of data"),
        arguments(
            "overlap",
            GgufBytes.header(2, 0).tensor("a", F32, 32, 8).tensor("b", F32, 0, 9).data(256),
            "tensor a: offset 32 lies within tensor b"),
        arguments(
            "same bytes twice",
            GgufBytes.header(2, 0).tensor("a", F32, 0, 8).tensor("b", F32, 0, 8).data(256),
            "tensor b: offset 0 lies within tensor a"),
        arguments(
            "duplicate tensor",
            GgufBytes.header(2, 0).tensor("t", F32, 0, 8).tensor("t", F32, 32, 8).data(256),
            "tensor t: the name occurs twice"),
        arguments(
            "empty tensor name",
            GgufBytes.header(1, 0).tensor("", F32, 0, 8).data(256),
            "tensor 0: the name is empty"),
        arguments("dimension 0", tensor(F32, 0, 8, 0), "tensor t: dimension 1 is 0, expected"),
        arguments(
            "dimension -1", tensor(F32, 0, -1), "dimension 0 is 18446744073709551615, expected"),
        arguments(
            "elements overflow",
            tensor(F32, 0, 1L << 32, 1L << 32),
            "shape [4294967296, 4294967296] of type F32 is too large"),
        arguments(
            "elements overflow to a small number",
            tensor(F32, 0, 1L << 33, (1L << 31) + 1),
            "shape [2147483649, 8589934592] of type F32 is too large"),
        arguments("bytes overflow", tensor(F32, 0, 1L << 62), "of type F32 is too large"),
        arguments("5 dimensions", tensor(F32, 0, 1, 1, 1, 1, 1), "number of dimensions is 5"),
        arguments(
            "2^32-1 dimensions",
            GgufBytes.header(1, 0).string("t").u32(-1).raw(new int[64]),
            "tensor t: the number of dimensions is 4294967295, expected at most 4"),
        arguments(
            "row not of whole blocks",
            tensor(Q4_K, 0, 128, 2),
            "shape [2, 128] of type Q4_K: a row must be a multiple of 256"),
        arguments(
            "scalar of blocks",
            GgufBytes.header(1, 0).tensor("t", Q4_K, 0).data(256),
            "shape [] of type Q4_K: a row must be a multiple of 256"),
        arguments("unknown type", tensor(4, 0, 32), "tensor t: type id 4 is unknown"),
        arguments("type 2^32-1", tensor(-1, 0, 32), "tensor t: type id 4294967295 is unknown"));
  }

  private interface Body {
    void write(GgufBytes file);
  }

  private static GgufBytes array(Body body) {
    GgufBytes file = GgufBytes.header(0, 1);
    return file.pair("k", GgufType.ARRAY, () -> body.write(file));
  }

  private static void deep(GgufBytes file) {
    for (int i = 0; i < 100_000; i++) {
      file.array(GgufType.ARRAY, 1);
    }
  }

  private static GgufBytes tensor(int type, long offset, long... dimensions) {
    return GgufBytes.header(1, 0).tensor("t", type, offset, dimensions).data(256);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("hostileFiles")
  void isRefused(String name, GgufBytes file, String expected) throws IOException {
    assertRefused(file.bytes(), expected);
  }

  private void assertRefused(byte[] bytes, String expected) throws IOException {
    Path file = Files.write(folder.resolve("hostile.gguf"), bytes);
    assertThatThrownBy(() -> ModelFile.open(file))
        .isInstanceOf(ModelException.class)
        .hasMessageStartingWith(file + ": ")
        .hasMessageContaining(expected);
  }

  @Test
  void theSoundFileThatTestsBuildOnOpens() throws IOException {
    Path file = Files.write(folder.resolve("sound.gguf"), GgufBytes.sound().bytes());
    try (ModelFile model = ModelFile.open(file)) {
      assertThat(model.tensors()).hasSize(4);
      assertThat(model.tensor("scalar").orElseThrow().shape()).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"v2.gguf", "v3.gguf"})
  void isRefusedWhereverItIsCut(String name) throws IOException {
    byte[] whole = Files.readAllBytes(Fixtures.path(name));
    int places = 500;
    for (int i = 0; i < places; i++) {
      // The last tensor's last byte may be followed by up to 127 of padding, which may be missing.
      int length = (int) ((whole.length - 128L) * i / (places - 1));
      assertRefused(Arrays.copyOf(whole, length), "");
    }
  }

  @Test
  void holesThatDecodeToMoreThanTheyAreAreRefused() throws IOException {
    // 2^31-1 empty strings are all zeros: a sparse file of 16 GiB that takes no disk.
    Path file =
        Files.write(
            folder.resolve("hole.gguf"),
            array(f -> f.array(GgufType.STRING, Integer.MAX_VALUE)).bytes());
    try (var sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.setLength(40L << 30);
    }
    assertThatThrownBy(() -> ModelFile.open(file))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("hole.gguf: metadata field k: the array: 2147483651 items")
        .hasMessageContaining("512 MiB of memory");
  }

  @Test
  void namesInMessagesAreShortAndOnOneLine() throws IOException {
    String name = "\u001b[31m\n" + "x".repeat(100_000);
    Path file =
        Files.write(
            folder.resolve("name.gguf"),
            GgufBytes.header(1, 0).tensor(name, F32, 4, 8).data(256).bytes());
    assertThatThrownBy(() -> ModelFile.open(file))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("tensor \\u001b[31m\\nxxx")
        .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(500).doesNotContain("\n"));
  }
}
