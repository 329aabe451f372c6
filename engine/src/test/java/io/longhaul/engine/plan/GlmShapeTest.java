package io.longhaul.engine.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.longhaul.engine.plan.CacheRows.Content;
import io.longhaul.engine.tensor.TensorType;
import java.nio.file.Path;
import java.util.Map;
import org.assertj.core.data.Offset;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** GLM-5.2's published numbers, from its published configuration. */
class GlmShapeTest {
  static final Path CONFIG = Path.of("src/test/resources/io/longhaul/engine/plan/glm-5.2.json");
  private static final Offset<Double> TWO_DECIMALS = within(0.005);

  private final ModelShape glm = ModelShape.open(CONFIG);

  @Test
  void parametersIncludeTheDraftLayerAndItsIndexer() {
    assertThat(glm.total().parameters()).isEqualTo(753_329_940_480L);
    assertThat(glm.total().parameters() / 1e9).isEqualTo(753.33, TWO_DECIMALS);
    assertThat(glm.draft().parameters() / 1e9).isEqualTo(9.95, TWO_DECIMALS);
  }

  @Test
  void activeParametersAreTheTrunkWithoutTheEmbedding() {
    assertThat(glm.active().parameters()).isEqualTo(40_298_947_584L);
    assertThat(glm.active().parameters() / 1e9).isEqualTo(40.30, TWO_DECIMALS);
  }

  @Test
  void cacheOfAMillionTokens() {
    CacheRows cache = glm.structure().cache().withType(TensorType.BF16);
    long context = glm.structure().contextLength();
    assertThat(context).isEqualTo(1 << 20);
    assertThat(cache.bytesPerToken(Content.LATENT) * context / 1e9).isEqualTo(94.2, within(0.05));
    assertThat(cache.bytesPerToken(Content.INDEXER_KEYS) * context / 1e9)
        .isEqualTo(5.6, within(0.05));
    assertThat(cache.planes().stream().filter(p -> p.content() == Content.INDEXER_KEYS))
        .hasSize(21);
    assertThat(cache.bytes(context)).isEqualTo((78L * 576 + 21 * 128) * 2 * context);
  }

  @Test
  void attentionReadsTheSelectionAndTheIndexerAllKeys() {
    CacheRows cache = glm.structure().cache();
    assertThat(cache.bytesRead(1000)).isEqualTo((78L * 576 + 21 * 128) * 2 * 1000);
    assertThat(cache.bytesRead(100_000)).isEqualTo(78L * 576 * 2 * 2048 + 21L * 128 * 2 * 100_000);
  }

  /** Of the mixtures, Q8_0 and BF16 are (nearly) pure, so their published sizes are a check. */
  @ParameterizedTest
  @CsvSource({"Q8_0, 801", "BF16, 1508"})
  void quantizedSizesAreThePublishedOnes(TensorType type, double gigabytes) {
    assertThat(glm.quantized(type).total().bytes() / 1e9)
        .isCloseTo(gigabytes, Percentage.withPercentage(0.15));
  }

  /** The FP8 repository: 755.6 GB, e4m3 with a scale for each block of 128 × 128. */
  @Test
  void fp8SizeIsThePublishedOne() {
    ModelShape fp8 =
        PlanFixtures.changed(CONFIG, Map.of("quantization_config", Map.of("quant_method", "fp8")));
    assertThat(fp8.total().bytes() / 1e9).isEqualTo(755.6, within(0.05));
    assertThat(fp8.total().parameters()).isEqualTo(glm.total().parameters());
  }

  @Test
  void indexersFollowTheFrequencyWhereTypesAreMissing() {
    ModelShape shape = PlanFixtures.without(CONFIG, "indexer_types");
    assertThat(shape).isEqualTo(glm);
  }

  @Test
  void glm5HasAnIndexerInEveryLayer() {
    ModelShape shape =
        PlanFixtures.without(CONFIG, "indexer_types", "index_topk_freq", "index_skip_topk_offset");
    assertThat(shape.structure().cache().planes()).hasSize(2 * 78);
    assertThat(shape.total().parameters() - glm.total().parameters()).isEqualTo(57 * 9_371_904L);
  }
}
