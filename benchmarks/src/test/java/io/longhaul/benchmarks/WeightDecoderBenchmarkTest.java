package io.longhaul.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import io.longhaul.engine.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.openjdk.jmh.annotations.Param;

/** What is timed gives the right answers. */
class WeightDecoderBenchmarkTest {
  @ParameterizedTest
  @ValueSource(strings = {"F16", "Q4_1", "Q4_K", "IQ1_S"})
  void bothKernelsDecodeTheSame(TensorType type) {
    float[] scalar = decode(type, "scalar");
    assertThat(scalar).hasSize(WeightDecoderBenchmark.WEIGHTS);
    assertThat(decode(type, "vector")).isEqualTo(scalar);
  }

  @Test
  void everyParameterIsAType() throws NoSuchFieldException {
    Param types = WeightDecoderBenchmark.class.getDeclaredField("type").getAnnotation(Param.class);
    assertThat(types.value()).isNotEmpty().allSatisfy(TensorType::valueOf);
  }

  private static float[] decode(TensorType type, String kernel) {
    WeightDecoderBenchmark benchmark = new WeightDecoderBenchmark();
    benchmark.type = type;
    benchmark.kernel = kernel;
    benchmark.setup();
    MemorySegment out = benchmark.decode();
    return out.toArray(ValueLayout.JAVA_FLOAT);
  }
}
