package io.longhaul.engine.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.longhaul.engine.ModelException;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files written by the gguf package, safetensors and huggingface_hub hold what those say. */
class InteropTest {
  @ParameterizedTest
  @ValueSource(strings = {"v2.gguf", "v3.gguf", "all.safetensors", "sharded", "split"})
  void holdsWhatTheOtherSideWrote(String name) throws IOException {
    Path path = Fixtures.path(name);
    try (ModelFile file = ModelFile.open(path)) {
      assertThat(file.path()).isEqualTo(path);
      Fixtures.assertHolds(file, name + ".json");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void anyPartOpensTheWholeSplitModel(int part) throws IOException {
    try (ModelFile file =
        ModelFile.open(Fixtures.path("split/tiny-%05d-of-00003.gguf".formatted(part)))) {
      assertThat(file.files()).hasSize(3);
      Fixtures.assertHolds(file, "split.json");
    }
  }

  @Test
  void anIndexOpensItsShards() throws IOException {
    try (ModelFile file = ModelFile.open(Fixtures.path("sharded/model.safetensors.index.json"))) {
      assertThat(file.files()).hasSize(3);
      Fixtures.assertHolds(file, "sharded.json");
    }
  }

  @Test
  void valuesHaveTheTypesThatMetadataPromises() {
    try (var file = (GgufFile) ModelFile.open(Fixtures.path("v3.gguf"))) {
      Metadata metadata = file.metadata();
      assertThat(file.version()).isEqualTo(3);
      assertThat(metadata.requireString("general.architecture")).isEqualTo("test");
      assertThat(metadata.requireInteger("v.uint8")).isEqualTo(255);
      assertThat(metadata.requireInteger("v.int32")).isEqualTo(Integer.MIN_VALUE);
      assertThat(metadata.values().get("v.uint32")).isEqualTo(4294967295L);
      assertThat(metadata.values().get("v.uint64"))
          .isEqualTo(new BigInteger("18446744073709551615"));
      assertThat(metadata.requireNumber("v.float32")).isEqualTo((double) 1e-5f);
      assertThat(metadata.bool("v.bool")).contains(true);
      assertThat(metadata.longs("a.uint8").orElseThrow()).containsExactly(0, 127, 128, 255);
      assertThat(metadata.strings("a.string").orElseThrow())
          .containsExactly("", "Ġthe", "▁", "<0x0A>", "é");
      assertThat(metadata.doubles("a.float64").orElseThrow())
          .containsExactly(0.1, 1e300, Double.MIN_VALUE, Double.NaN);
      assertThat(metadata.values().get("a.bool")).isEqualTo(new boolean[] {true, false, true});
      assertThat(metadata.values().get("a.uint64.large"))
          .isEqualTo(new BigInteger[] {BigInteger.ONE, new BigInteger("18446744073709551615")});
      assertThat(metadata.values().get("n.deep"))
          .isEqualTo(
              new Object[] {
                new Object[] {new long[] {1}, new long[] {2, 3}}, new Object[] {new long[] {4}}
              });
    }
  }

  @Test
  void filesBesideSafetensorsAreFound() {
    try (var file = (SafetensorsFile) ModelFile.open(Fixtures.path("sharded"))) {
      assertThat(file.sibling("config.json")).contains(Fixtures.path("sharded/config.json"));
      assertThat(file.sibling("tokenizer.json")).isEmpty();
      assertThatThrownBy(() -> file.sibling("../v3.gguf"))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void aBigEndianFileIsRefusedByThatName() {
    assertThatThrownBy(() -> ModelFile.open(Fixtures.path("big-endian.gguf")))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("big-endian.gguf")
        .hasMessageContaining("the file is big-endian (version 3)");
  }

  @Test
  void anUnknownGgmlTypeIsNamed() {
    assertThatThrownBy(() -> ModelFile.open(Fixtures.path("unknown-type.gguf")))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("unknown-type.gguf: tensor ternary.weight: type id 35 is unknown");
  }

  @Test
  void anUnknownDtypeIsNamed() {
    assertThatThrownBy(() -> ModelFile.open(Fixtures.path("unknown-dtype.safetensors")))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining(
            "unknown-dtype.safetensors: tensor unknown: dtype F8_E5M2 is not supported");
  }
}
