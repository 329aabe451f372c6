package io.longhaul.engine.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.longhaul.engine.ModelException;
import io.longhaul.engine.tensor.TensorType;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A safetensors file that claims what it does not hold gets an error with file, field and value.
 */
class SafetensorsHostileTest {
  @TempDir Path folder;

  static Stream<Arguments> hostileLengths() {
    return Stream.of(
        arguments(-1L, "the header length is 18446744073709551615, expected 2 to 10"),
        arguments(Long.MIN_VALUE, "the header length is 9223372036854775808"),
        arguments(11L, "the header length is 11, expected 2 to 10"),
        arguments(0L, "the header length is 0"),
        arguments(1L, "the header length is 1"),
        arguments(9L, "the header is not valid JSON: Illegal character"),
        arguments(100_000_001L, "the header length is 100000001"));
  }

  @ParameterizedTest
  @MethodSource("hostileLengths")
  void aWrongHeaderLengthIsRefused(long length, String expected) throws IOException {
    assertRefused(SafetensorsBytes.of(length, "{}".getBytes(StandardCharsets.UTF_8), 8), expected);
  }

  @Test
  void aHeaderOver100MegabytesIsRefusedEvenIfItIsThere() throws IOException {
    Path file = folder.resolve("large.safetensors");
    try (var sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.write(SafetensorsBytes.of(100_000_001, "{}".getBytes(StandardCharsets.UTF_8), 0));
      sparse.setLength(200_000_000);
    }
    assertThatThrownBy(() -> ModelFile.open(file))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining(
            "large.safetensors: the header length is 100000001, expected 2 to 100000000");
  }

  static Stream<Arguments> hostileHeaders() {
    return Stream.of(
        arguments("[]", "does not begin with {"),
        arguments(" {}", "does not begin with {"),
        arguments("{}x", "not valid JSON"),
        arguments("{} {}", "more text after the end"),
        arguments("{\"t\":", "not valid JSON"),
        arguments("{}", "the tensors end at byte 0, but the file has 32 bytes of data"),
        arguments("{\"t\":1}", "tensor t: found 1, expected an object"),
        arguments("{\"t\":null}", "tensor t: found null, expected an object"),
        arguments("{\"t\":{}}", "tensor t: expected dtype, shape, and data_offsets"),
        arguments("{\"\":{}}", "the name is empty"),
        arguments("{\"__metadata__\":[]}", "__metadata__: found an array, expected an object"),
        arguments("{\"__metadata__\":{\"a\":1}}", "__metadata__ field a: found 1"),
        arguments("{\"__metadata__\":{\"a\":\"1\",\"a\":\"2\"}}", "field a: the key occurs twice"),
        arguments("{\"__metadata__\":{},\"__metadata__\":{}}", "__metadata__: the name occurs"),
        arguments("{\"\\ud800\":{}}", "unpaired surrogate in \\ud800"),
        arguments("{\"t\":" + "[".repeat(5000), "tensor t: found an array, expected an object"),
        arguments("{\"t\":{\"dtype\":\"F32\",\"dtype\":\"F32\"}}", "tensor t: dtype occurs twice"),
        arguments("{\"t\":{\"x\":0}}", "tensor t: unknown field x"),
        arguments(entry("F4", "[8]", "[0,32]"), "tensor t: dtype F4 is not supported"),
        arguments(entry("f32", "[8]", "[0,32]"), "tensor t: dtype f32 is not supported"),
        arguments(entry("F32", "8", "[0,32]"), "tensor t: shape: found 8, expected an array"),
        arguments(entry("F32", "[-8]", "[0,32]"), "shape: -8 is not an integer from 0"),
        arguments(entry("F32", "[8.0]", "[0,32]"), "shape: found 8.0, expected an integer"),
        arguments(entry("F32", "[\"8\"]", "[0,32]"), "shape: found 8, expected an integer"),
        arguments(entry("F32", "[9]", "[0,32]"), "shape [9] of dtype F32 takes 36 bytes, but"),
        arguments(
            entry("F32", "[9223372036854775808]", "[0,32]"),
            "shape: 9223372036854775808 is not an integer from 0 to 2^63-1"),
        arguments(
            entry("F32", "[4294967296,4294967296]", "[0,32]"),
            "shape [4294967296, 4294967296] of dtype F32 is too large"),
        arguments(
            entry("F32", "[4294967296,4294967296,0]", "[0,0]"),
            "shape [4294967296, 4294967296, 0] of dtype F32 is too large"),
        arguments(
            entry("F32", "[1,1,1,1,1,1,1,1,8]", "[0,32]"), "tensor t: shape: more than 8 numbers"),
        arguments(entry("F32", "[8]", "[0]"), "data_offsets of two numbers"),
        arguments(entry("F32", "[8]", "[0,32,64]"), "data_offsets: more than 2 numbers"),
        arguments(entry("F32", "[8]", "[32,0]"), "data_offsets [32, 0] are not within the 32"),
        arguments(entry("F32", "[8]", "[8,40]"), "data_offsets [8, 40] are not within the 32"),
        arguments(
            entry("F32", "[0]", "[9223372036854775807,9223372036854775807]"),
            "data_offsets [9223372036854775807, 9223372036854775807] are not within"),
        arguments(entry("F32", "[7]", "[4,32]"), "data_offsets begin at 4, but the tensor before"),
        arguments(entry("F32", "[7]", "[0,28]"), "end at byte 28, but the file has 32 bytes"),
        arguments(
            "{"
                + field("a", "F32", "[8]", "[0,32]")
                + ","
                + field("b", "F32", "[4]", "[0,16]")
                + "}",
            "tensor a: data_offsets begin at 0, but the tensor before ends at 16"),
        arguments(
            "{"
                + field("a", "F32", "[8]", "[0,32]")
                + ","
                + field("a", "F32", "[8]", "[0,32]")
                + "}",
            "tensor a: the name occurs twice"));
  }

  private static String field(String name, String dtype, String shape, String offsets) {
    return "\"%s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":%s}"
        .formatted(name, dtype, shape, offsets);
  }

  private static String entry(String dtype, String shape, String offsets) {
    return "{" + field("t", dtype, shape, offsets) + "}";
  }

  @ParameterizedTest
  @MethodSource("hostileHeaders")
  void aHostileHeaderIsRefused(String header, String expected) throws IOException {
    assertRefused(SafetensorsBytes.of(header, 32), expected);
  }

  @Test
  void otherEncodingsAreRefused() throws IOException {
    String header = entry("F32", "[8]", "[0,32]");
    assertRefused(
        SafetensorsBytes.of(header.getBytes(StandardCharsets.UTF_16LE), 32), "not valid JSON");
    assertRefused(
        SafetensorsBytes.of("{\"\u00e9\":{}}".getBytes(StandardCharsets.ISO_8859_1), 32),
        "not valid JSON");
  }

  @Test
  void aHeaderThatBecomesMoreThanTheBudgetIsRefused() throws IOException {
    var header = new StringBuilder("{\"__metadata__\":{");
    for (int i = 0; i < 2_600_000; i++) {
      header.append('"').append(i).append("\":\"\",");
    }
    header.append("\"\":\"\"}}");
    assertRefused(SafetensorsBytes.of(header.toString(), 0), "over 512 MiB of memory");
  }

  @Test
  void paddedScalarAndEmptyTensorsAreSound() throws IOException {
    byte[] bytes =
        SafetensorsBytes.of(SafetensorsBytes.SOUND + " \n ", SafetensorsBytes.SOUND_DATA_BYTES);
    try (var file = (SafetensorsFile) ModelFile.open(write(bytes))) {
      assertThat(file.metadata()).containsEntry("format", "pt").containsEntry("note", "Grüße");
      assertThat(file.tensors())
          .extracting(t -> t.name())
          .containsExactly("model.a.weight", "model.b.weight", "model.c.bias", "empty", "scalar");
      assertThat(file.tensor("scalar").orElseThrow().shape()).isEmpty();
      assertThat(file.tensor("empty").orElseThrow().shape()).isEqualTo(List.of(0L, 4L));
      assertThat(file.tensor("model.c.bias").orElseThrow().type()).isEqualTo(TensorType.F8_E4M3);
    }
  }

  @Test
  void isRefusedWhereverItIsCut() throws IOException {
    byte[] whole = Files.readAllBytes(Fixtures.path("all.safetensors"));
    int places = 500;
    for (int i = 0; i < places; i++) {
      int length = (int) ((whole.length - 1L) * i / (places - 1));
      assertRefused(Arrays.copyOf(whole, length), "");
    }
  }

  private Path write(byte[] bytes) throws IOException {
    return Files.write(folder.resolve("hostile.safetensors"), bytes);
  }

  private void assertRefused(byte[] bytes, String expected) throws IOException {
    Path file = write(bytes);
    assertThatThrownBy(() -> ModelFile.open(file))
        .isInstanceOf(ModelException.class)
        .hasMessageStartingWith(file + ": ")
        .hasMessageContaining(expected);
  }
}
