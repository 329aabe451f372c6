package io.longhaul.engine.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.longhaul.engine.ModelException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** An index leads to the shards of its own folder and to nothing else. */
class SafetensorsIndexTest {
  @TempDir Path parent;
  private Path folder;

  @BeforeEach
  void shards() throws IOException {
    folder = Files.createDirectory(parent.resolve("model"));
    shard(parent.resolve("x.safetensors"), "outside");
    shard(folder.resolve("1.safetensors"), "a");
    shard(folder.resolve("2.safetensors"), "b");
    shard(folder.resolve("3.safetensors"), "a");
    Files.createDirectory(folder.resolve("sub"));
    shard(folder.resolve("sub/4.safetensors"), "d");
  }

  private static void shard(Path file, String tensor) throws IOException {
    String header =
        "{\"%s\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]}}".formatted(tensor);
    Files.write(file, SafetensorsBytes.of(header, 4));
  }

  private void index(String text) throws IOException {
    Files.writeString(folder.resolve("model.safetensors.index.json"), text);
  }

  static Stream<Arguments> hostileIndexes() {
    return Stream.of(
        arguments("", "the index: found nothing, expected an object"),
        arguments("[]", "the index: found an array, expected an object"),
        arguments("{", "not valid JSON"),
        arguments("{}", "weight_map: missing or empty"),
        arguments("{\"weight_map\":{}}", "weight_map: missing or empty"),
        arguments("{\"weight_map\":[]}", "weight_map: found an array, expected an object"),
        arguments("{\"weight_map\":{\"a\":1}}", "weight_map: tensor a: found 1"),
        arguments(map("a", "../x.safetensors"), "tensor a: ../x.safetensors is not the name"),
        arguments(map("a", "sub/4.safetensors"), "sub/4.safetensors is not the name of a file"),
        arguments(map("a", "/etc/passwd"), "/etc/passwd is not the name of a file"),
        arguments(map("a", "..\\\\x.safetensors"), "is not the name of a file in this folder"),
        arguments(map("a", "a\\u0000b"), "a\\u0000b is not the name of a file in this folder"),
        arguments(map("a", ".."), "tensor a: .. is not the name of a file in this folder"),
        arguments(map("a", ""), "is not the name of a file in this folder"),
        arguments(map("a", "sub"), "sub: is a folder, expected a file"),
        arguments(map("a", "9.safetensors"), "the shard 9.safetensors, which is not in the folder"),
        arguments(
            map("c", "1.safetensors"), "says that tensor c is in 1.safetensors, but it is not"),
        arguments(
            "{\"weight_map\":{\"a\":\"1.safetensors\",\"a\":\"1.safetensors\"}}",
            "weight_map: tensor a: the name occurs twice"),
        arguments(
            "{\"weight_map\":{\"a\":\"1.safetensors\"},\"weight_map\":{\"b\":\"2.safetensors\"}}",
            "weight_map: occurs twice"),
        arguments("{\"metadata\":" + "[".repeat(100) + "]".repeat(100) + "}", "not valid JSON"));
  }

  private static String map(String tensor, String shard) {
    return "{\"weight_map\":{\"%s\":\"%s\"}}".formatted(tensor, shard);
  }

  @ParameterizedTest
  @MethodSource("hostileIndexes")
  void aHostileIndexIsRefused(String text, String expected) throws IOException {
    index(text);
    assertThatThrownBy(() -> ModelFile.open(folder))
        .isInstanceOf(ModelException.class)
        .hasMessageStartingWith(folder.toString())
        .hasMessageContaining(expected);
  }

  @Test
  void aTensorInTwoShardsIsRefused() throws IOException {
    index("{\"weight_map\":{\"b\":\"2.safetensors\",\"a\":\"1.safetensors\"}}");
    try (ModelFile file = ModelFile.open(folder)) {
      assertThat(file.tensors()).extracting(t -> t.name()).containsExactly("a", "b");
    }
    index("{\"weight_map\":{\"a\":\"1.safetensors\",\"a2\":\"3.safetensors\"}}");
    assertThatThrownBy(() -> ModelFile.open(folder))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("says that tensor a2 is in 3.safetensors, but it is not");
    shard(folder.resolve("3.safetensors"), "b");
    shard(folder.resolve("1.safetensors"), "b");
    index("{\"weight_map\":{\"b\":\"1.safetensors\"}}");
    try (ModelFile file = ModelFile.open(folder)) {
      assertThat(file.files()).containsExactly(folder.resolve("1.safetensors"));
    }
  }

  @Test
  void aHugeIndexIsRefused() throws IOException {
    try (var sparse =
        new RandomAccessFile(folder.resolve("model.safetensors.index.json").toFile(), "rw")) {
      sparse.setLength(5L << 30);
    }
    assertThatThrownBy(() -> ModelFile.open(folder))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("the index has 5368709120 bytes, expected at most 100000000");
  }
}
