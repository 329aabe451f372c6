package io.longhaul.engine.convert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.longhaul.engine.ModelException;
import io.longhaul.engine.file.GgufFile;
import io.longhaul.engine.file.ModelFile;
import io.longhaul.engine.json.Json;
import io.longhaul.engine.tensor.TensorType;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Checkpoints that are wrong, and files that are in the way. Nothing half written ever stays. */
class ConverterRefusalsTest {
  @TempDir Path temp;

  @AfterEach
  void nothingHalfWrittenStays() throws IOException {
    try (Stream<Path> files = Files.list(temp)) {
      assertThat(files).noneMatch(file -> file.getFileName().toString().contains(".part"));
    }
  }

  private Conversion convert(Path folder, TensorType type) throws IOException {
    return Converter.convert(
        folder, temp.resolve("out.gguf"), ConversionOptions.of(type), ConversionListener.NONE);
  }

  /** A field of config.json with another value, and what the error says. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "glm-moe-dsa | \"model_type\": \"glm_moe_dsa\" | \"model_type\": \"mamba\" | model_type is"
            + " 'mamba'; supported: llama, qwen3",
        "glm-moe-dsa | \"kv_lora_rank\": 32 | \"kv_lora_rank\": 31 | kv_b_proj.weight has shape"
            + " [64, 32], but the configuration asks for [2 x (16 + 16), 31]",
        "glm-moe-dsa | \"kv_lora_rank\": 32 | \"no\": 32 | kv_lora_rank is missing",
        "glm-moe-dsa | \"n_routed_experts\": 4 | \"n_routed_experts\": 5 | expert 4 of the 5 of"
            + " blk.1 is missing",
        "glm-moe-dsa | \"n_routed_experts\": 4 | \"n_routed_experts\": 3 | is beyond the 3 experts",
        "glm-moe-dsa | \"num_hidden_layers\": 3 | \"num_hidden_layers\": 5 | nothing in the"
            + " checkpoint makes blk.4.",
        "glm-moe-dsa | \"num_hidden_layers\": 3 | \"num_hidden_layers\": 1 | of a layer beyond the"
            + " 2",
        "glm-moe-dsa | \"vocab_size\": 300 | \"vocab_size\": 200 | but the model has 200 tokens",
        "glm-moe-dsa | \"scoring_func\": \"sigmoid\" | \"scoring_func\": \"tanh\" | scoring_func is"
            + " 'tanh'",
        "qwen3-moe | \"norm_topk_prob\": true | \"norm_topk_prob\": false | norm_topk_prob is"
            + " false",
        "deepseek-v3 | \"rope_interleave\": true | \"rope_interleave\": false | rope_interleave is"
            + " false",
        "deepseek-v3 | \"rope_type\": \"yarn\" | \"rope_type\": \"longrope\" | rope_type is"
            + " 'longrope'",
        "gemma3-plain | \"query_pre_attn_scalar\": 12 | \"query_pre_attn_scalar\": 13 |"
            + " query_pre_attn_scalar is 13",
        "llama-wide | \"num_attention_heads\": 2 | \"num_attention_heads\": 5 | rows for 5 heads of"
            + " even width",
      })
  void namesTheField(String name, String field, String changed, String message) throws IOException {
    Path folder = ConversionFixture.copy(name, temp.resolve("in"));
    Path config = folder.resolve("config.json");
    String text = Files.readString(config);
    assertThat(text).contains(field);
    Files.writeString(config, text.replace(field, changed));
    assertThatThrownBy(() -> convert(folder, TensorType.F16))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining(message)
        .message()
        .doesNotContain("\n");
    assertThat(temp.resolve("out.gguf")).doesNotExist();
  }

  @Test
  void aTensorWithoutAPlaceIsRefused() throws IOException {
    Path folder = ConversionFixture.copy("qwen3-moe", temp.resolve("in"));
    rename(folder, "self_attn.o_proj.weight", "self_attn.x_proj.weight");
    assertThatThrownBy(() -> convert(folder, TensorType.F16))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("self_attn.x_proj.weight has no place in a GGUF file");
  }

  @Test
  void aCutOffShardIsRefused() throws IOException {
    Path folder = ConversionFixture.copy("glm-moe-dsa", temp.resolve("in"));
    try (var file = new RandomAccessFile(folder.resolve("model.safetensors").toFile(), "rw")) {
      file.setLength(file.length() - 1);
    }
    assertThatThrownBy(() -> convert(folder, TensorType.F16)).isInstanceOf(ModelException.class);
    assertThat(temp.resolve("out.gguf")).doesNotExist();
  }

  @Test
  void aValueThatTheTypeCannotHoldIsRefused() throws IOException {
    for (int code : new int[] {0x7FC0, 0x7F80, 0x4800}) {
      Path folder = ConversionFixture.copy("qwen3-moe", temp.resolve("in" + code));
      overwriteAnElement(folder.resolve("model.safetensors"), code);
      assertThatThrownBy(() -> convert(folder, TensorType.F16))
          .isInstanceOf(ModelException.class)
          .hasMessageContaining("blk.1.attn_output.weight has ")
          .hasMessageContaining(" in row 0, column 1, which type F16 cannot hold")
          .hasMessageContaining(code == 0x4800 ? "BF16 and F32 can" : "is the checkpoint damaged?");
      assertThat(temp.resolve("out.gguf")).doesNotExist();
    }
  }

  @Test
  void aFileThatIsThereStays() throws IOException {
    Path target = Files.writeString(temp.resolve("out.gguf"), "precious");
    Path folder = ConversionFixture.checkpoint("qwen3-moe");
    assertThatThrownBy(() -> convert(folder, TensorType.Q8_0))
        .isInstanceOf(FileAlreadyExistsException.class);
    assertThat(target).hasContent("precious");
    Converter.convert(
        folder,
        target,
        ConversionOptions.of(TensorType.Q8_0).withReplace(true),
        ConversionListener.NONE);
    try (GgufFile file = (GgufFile) ModelFile.open(target)) {
      assertThat(file.metadata().requireString("general.architecture")).isEqualTo("qwen3moe");
    }
  }

  @Test
  void anErrorOfTheListenerLeavesTheOldFile() throws IOException {
    Path target = Files.writeString(temp.resolve("out.gguf"), "precious");
    assertThatThrownBy(
            () ->
                Converter.convert(
                    ConversionFixture.checkpoint("glm-moe-dsa"),
                    target,
                    ConversionOptions.of(TensorType.F32).withReplace(true),
                    (done, total) -> {
                      if (done > total / 2) {
                        throw new IllegalStateException("stop");
                      }
                    }))
        .hasMessage("stop");
    assertThat(target).hasContent("precious");
  }

  @Test
  void whatAKilledConversionLeftIsRemoved() throws IOException {
    Path abandoned = Files.writeString(temp.resolve(".out.gguf.0f.part"), "half");
    Path foreign = Files.writeString(temp.resolve(".other.gguf.0f.part"), "half");
    convert(ConversionFixture.checkpoint("qwen3-moe"), TensorType.F16);
    assertThat(abandoned).doesNotExist();
    assertThat(foreign).exists();
    Files.delete(foreign);
  }

  @Test
  void progressRunsFromNothingToAll() throws IOException {
    List<Long> seen = new ArrayList<>();
    long[] all = new long[1];
    Converter.convert(
        ConversionFixture.checkpoint("glm-moe-dsa"),
        temp.resolve("out.gguf"),
        ConversionOptions.of(TensorType.Q8_0),
        (done, total) -> {
          seen.add(done);
          all[0] = total;
        });
    assertThat(seen).isSorted().startsWith(0L).endsWith(all[0]);
  }

  /** Which layers have indexers, in each of the ways that configurations say it. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"index_topk_pattern\": \"FSF\"",
        "\"index_topk_freq\": 2, \"index_skip_topk_offset\": 1",
      })
  void writesWhichLayersHaveIndexers(String fields) throws IOException {
    Path folder = ConversionFixture.copy("glm-moe-dsa", temp.resolve("in"));
    Path config = folder.resolve("config.json");
    String text = Files.readString(config);
    String changed = text.replaceFirst("(?s)\"indexer_types\": \\[.*?\\]", fields);
    assertThat(changed).isNotEqualTo(text);
    Files.writeString(config, changed);
    convert(folder, TensorType.F16);
    try (GgufFile file = (GgufFile) ModelFile.open(temp.resolve("out.gguf"))) {
      assertThat((boolean[]) file.metadata().values().get("glm-dsa.attention.indexer.types"))
          .containsExactly(true, false, true);
    }
  }

  @Test
  void saysWhichTensorsGotAnotherType() throws IOException {
    assertThat(convert(ConversionFixture.checkpoint("llama-wide"), TensorType.Q4_K).notes())
        .containsExactly(
            "2 tensors are in Q5_0: the rows are not whole blocks of 256 elements, as Q4_K needs");
  }

  /** Of the same length, so that the header's length stays true. */
  private static void rename(Path folder, String from, String to) throws IOException {
    Path file = folder.resolve("model.safetensors");
    String bytes = Files.readString(file, StandardCharsets.ISO_8859_1);
    Files.writeString(file, bytes.replace(from, to), StandardCharsets.ISO_8859_1);
  }

  private static void overwriteAnElement(Path file, int code) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int length = Math.toIntExact(buffer.getLong(0));
    Map<String, Object> header =
        Json.readObject(file.toString(), Arrays.copyOfRange(bytes, 8, 8 + length));
    Map<String, Object> tensor =
        Json.asObject("header", "tensor", header.get("model.layers.1.self_attn.o_proj.weight"));
    long start = (Long) ((List<?>) tensor.get("data_offsets")).getFirst();
    buffer.putShort(Math.toIntExact(8 + length + start + 2), (short) code);
    Files.write(file, bytes);
  }
}
