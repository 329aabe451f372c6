package io.longhaul.engine.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.longhaul.engine.ModelException;
import io.longhaul.engine.file.GgufType;
import io.longhaul.engine.file.GgufWriter;
import io.longhaul.engine.plan.CacheRows.Content;
import io.longhaul.engine.tensor.Tensor;
import io.longhaul.engine.tensor.TensorType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** GGUF files of latent attention and experts, with the keys of llama.cpp. */
class GgufStructureTest {
  @TempDir Path temp;

  private static Map<String, Long> glm() {
    Map<String, Long> fields = new LinkedHashMap<>();
    fields.put("block_count", 5L);
    fields.put("nextn_predict_layers", 1L);
    fields.put("context_length", 1L << 20);
    fields.put("embedding_length", 32L);
    fields.put("attention.head_count", 4L);
    fields.put("attention.head_count_kv", 1L);
    fields.put("attention.kv_lora_rank", 24L);
    fields.put("rope.dimension_count", 8L);
    fields.put("attention.indexer.head_count", 2L);
    fields.put("attention.indexer.key_length", 16L);
    fields.put("attention.indexer.top_k", 8L);
    fields.put("expert_count", 6L);
    fields.put("expert_used_count", 2L);
    return fields;
  }

  private ModelShape open(Map<String, Long> fields, boolean types) throws IOException {
    GgufWriter writer = new GgufWriter().string("general.architecture", "glm-dsa");
    fields.forEach((key, value) -> writer.put("glm-dsa." + key, GgufType.INT64, value));
    if (types) {
      List<Boolean> full = List.of(true, false, false, true);
      writer.array("glm-dsa.attention.indexer.types", GgufType.BOOL, full);
    }
    add(writer, "token_embd.weight", 40, 32);
    for (int layer = 0; layer < 5; layer++) {
      add(writer, "blk." + layer + ".indexer.attn_k.weight", 16, 32);
      add(writer, "blk." + layer + ".ffn_up_exps.weight", 6, 16, 32);
    }
    add(writer, "blk.4.nextn.eh_proj.weight", 32, 64);
    add(writer, "output.weight", 40, 32);
    return ModelShape.open(writer.write(temp.resolve("model.gguf")));
  }

  private static void add(GgufWriter writer, String name, long... shape) {
    List<Long> dimensions = Arrays.stream(shape).boxed().toList();
    long elements = dimensions.stream().reduce(1L, Math::multiplyExact);
    byte[] zeros = new byte[(int) TensorType.F16.bytes(elements)];
    writer.tensor(new Tensor(name, TensorType.F16, dimensions, MemorySegment.ofArray(zeros)));
  }

  @Test
  void readsLayersExpertsAndCache() throws IOException {
    ModelShape shape = open(glm(), true);
    assertThat(shape.structure().layers()).isEqualTo(4);
    assertThat(shape.structure().draftLayers()).isEqualTo(1);
    CacheRows cache = shape.structure().cache();
    assertThat(cache.bytesPerToken(Content.LATENT)).isEqualTo(4 * (24 + 8) * 2);
    assertThat(cache.bytesPerToken(Content.INDEXER_KEYS)).isEqualTo(2 * 16 * 2);
    // Embedding, head, two used indexers and the draft layer's, experts of five layers, eh_proj.
    assertThat(shape.total().parameters())
        .isEqualTo(2 * 40 * 32 + 3 * 16 * 32 + 5 * 6 * 16 * 32 + 32 * 64);
    // Head, two indexers, two experts in each of four layers.
    assertThat(shape.active().parameters()).isEqualTo(40 * 32 + 2 * 16 * 32 + 4 * 2 * 16 * 32);
  }

  /** llama.cpp's rule: GLM-5.2 is known by its context, and shares; the others do not. */
  @ParameterizedTest
  @CsvSource({"1048576, 3", "202752, 4"})
  void filesWithoutIndexerTypes(long context, int indexers) throws IOException {
    Map<String, Long> fields = glm();
    fields.put("context_length", context);
    assertThat(open(fields, false).structure().cache().planes())
        .filteredOn(plane -> plane.content() == Content.INDEXER_KEYS)
        .hasSize(indexers);
  }

  @ParameterizedTest
  @CsvSource({
    "block_count, 0",
    "block_count, 1",
    "block_count, 4000000000",
    "nextn_predict_layers, -1",
    "context_length, 0",
    "embedding_length, -6144",
    "expert_count, 100000",
    "expert_used_count, 7",
    "attention.kv_lora_rank, 0",
    "rope.dimension_count, 1000000000",
    "attention.indexer.key_length, 0",
    "attention.indexer.top_k, -2048"
  })
  void namesTheFieldThatIsWrong(String field, long value) {
    Map<String, Long> fields = glm();
    fields.put(field, value);
    assertThatExceptionOfType(ModelException.class)
        .isThrownBy(() -> open(fields, true))
        .withMessageContaining("model.gguf: metadata field glm-dsa." + field)
        .withMessageContaining("expected");
  }
}
