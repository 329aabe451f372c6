package io.longhaul.engine.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.longhaul.engine.ModelException;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Configurations that nobody means well with are errors that name the field. */
class HostileConfigTest {
  private static final List<String> SIZES =
      List.of(
          "hidden_size",
          "vocab_size",
          "num_hidden_layers",
          "num_attention_heads",
          "intermediate_size",
          "moe_intermediate_size",
          "n_routed_experts",
          "num_experts_per_tok",
          "q_lora_rank",
          "kv_lora_rank",
          "qk_nope_head_dim",
          "qk_rope_head_dim",
          "v_head_dim",
          "index_n_heads",
          "index_head_dim",
          "index_topk",
          "max_position_embeddings");

  static Stream<Arguments> wrongSizes() {
    return SIZES.stream()
        .flatMap(
            field ->
                Stream.of(
                        0L,
                        -1L,
                        Long.MIN_VALUE,
                        Long.MAX_VALUE,
                        1L << 32,
                        BigInteger.TEN.pow(40),
                        1e300,
                        0.5,
                        "6144",
                        List.of(),
                        true)
                    .map(value -> Arguments.of(field, value)));
  }

  @ParameterizedTest
  @MethodSource("wrongSizes")
  void namesTheFieldAndTheValue(String field, Object value) {
    assertThatExceptionOfType(ModelException.class)
        .isThrownBy(() -> PlanFixtures.changed(GlmShapeTest.CONFIG, Map.of(field, value)))
        .withMessageStartingWith("config.json: field " + field + " is ")
        .withMessageContaining("expected");
  }

  static Stream<String> required() {
    return SIZES.stream();
  }

  @ParameterizedTest
  @MethodSource("required")
  void namesTheMissingField(String field) {
    assertThatExceptionOfType(ModelException.class)
        .isThrownBy(() -> PlanFixtures.without(GlmShapeTest.CONFIG, field))
        .withMessageContaining(field.equals("n_routed_experts") ? field : field + " is missing");
  }

  @Test
  void sizesThatAreAllowedAloneMayBeTooLargeTogether() {
    Map<String, Object> large = new HashMap<>();
    large.put("hidden_size", 1L << 24);
    large.put("moe_intermediate_size", 1L << 24);
    large.put("n_routed_experts", 1L << 16);
    assertThatExceptionOfType(ModelException.class)
        .isThrownBy(() -> PlanFixtures.changed(GlmShapeTest.CONFIG, large))
        .withMessageContaining("do not fit into 64 bits");
  }

  static Stream<Arguments> wrongWords() {
    return Stream.of(
        Arguments.of("model_type", "mamba", "supported: deepseek_v3"),
        Arguments.of("indexer_types", List.of("full"), "a list of 1"),
        Arguments.of("indexer_types", Collections.nCopies(78, "half"), "'half'"),
        Arguments.of("mlp_layer_types", List.of("dense"), "num_hidden_layers = 78"),
        Arguments.of("dtype", "int4", "int4"),
        Arguments.of("quantization_config", Map.of("quant_method", "gptq"), "gptq"),
        Arguments.of("quantization_config", "fp8", "not an object"));
  }

  @ParameterizedTest
  @MethodSource("wrongWords")
  void namesWhatIsSupported(String field, Object value, String message) {
    assertThatExceptionOfType(ModelException.class)
        .isThrownBy(() -> PlanFixtures.changed(GlmShapeTest.CONFIG, Map.of(field, value)))
        .withMessageContaining("config.json: ")
        .withMessageContaining(field.replace("_config", ""))
        .withMessageContaining(message);
  }

  @Test
  void kvHeadsDivideHeads() {
    Path llama =
        Path.of("src/test/resources/io/longhaul/engine/model/tiny/llama-plain/config.json");
    assertThatExceptionOfType(ModelException.class)
        .isThrownBy(() -> PlanFixtures.changed(llama, Map.of("num_key_value_heads", 4L)))
        .withMessageContaining("num_key_value_heads is 4");
    assertThat(PlanFixtures.changed(llama, Map.of("num_key_value_heads", 3L)).total().parameters())
        .isPositive();
  }
}
