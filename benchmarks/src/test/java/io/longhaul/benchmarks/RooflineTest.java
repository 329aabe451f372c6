package io.longhaul.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.longhaul.engine.json.Json;
import io.longhaul.engine.kernel.Weights;
import io.longhaul.engine.tensor.TensorType;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class RooflineTest {
  private static final String[] SMALL = {
    "--rows=128", "--columns=256", "--tokens=4", "--memory=1", "--seconds=0.01"
  };

  private record Output(int exit, String out, String err) {}

  private static Output run(String... arguments) {
    var out = new StringWriter();
    var err = new StringWriter();
    var command =
        Roofline.command()
            .setOverwrittenOptionsAllowed(true)
            .setOut(new PrintWriter(out))
            .setErr(new PrintWriter(err));
    String[] line = new String[SMALL.length + arguments.length];
    System.arraycopy(SMALL, 0, line, 0, SMALL.length);
    System.arraycopy(arguments, 0, line, SMALL.length, arguments.length);
    int exit = command.execute(line);
    return new Output(exit, out.toString(), err.toString());
  }

  private static double number(Map<?, ?> map, String key) {
    return ((Number) map.get(key)).doubleValue();
  }

  @Test
  void sharesAreThoseOfTheFigures() {
    Output output = run("--threads=1,2", "--types=Q8_0,F8_E4M3", "--peak-gops=3", "--json");
    assertThat(output.exit()).as(output.err()).isZero();
    byte[] json = ("{\"all\":" + output.out() + "}").getBytes(StandardCharsets.UTF_8);
    List<?> all = (List<?>) Json.readObject("output", json).get("all");
    assertThat(all).hasSize(2);
    for (int i = 0; i < 2; i++) {
      Map<?, ?> one = (Map<?, ?>) all.get(i);
      assertThat(number(one, "threads")).isEqualTo(i + 1);
      List<?> types = (List<?>) one.get("types");
      assertThat(types).hasSize(2);
      for (Object type : types) {
        Map<?, ?> result = (Map<?, ?>) type;
        double share = number(result, "bytes_per_second") / number(one, "read_bytes_per_second");
        assertThat(share).isPositive();
        assertThat(number(result, "share_of_bandwidth")).isCloseTo(share, within(1e-9));
        double peak = number(result, "operations_per_second") / (3e9 * (i + 1));
        assertThat(peak).isPositive();
        assertThat(number(result, "share_of_peak")).isCloseTo(peak, within(1e-9));
      }
    }
  }

  @Test
  void thePeakIsNotGuessed() {
    Output output = run("--threads=1", "--types=q4_0");
    assertThat(output.exit()).as(output.err()).isZero();
    assertThat(output.out().lines().toList())
        .hasSize(3)
        .last()
        .asString()
        .matches("Q4_0 +[0-9.]+ GB/s +[0-9]+ % +[0-9.]+ GOP/s +-");
  }

  @Test
  void refusesWhatCannotBeMeasured() {
    assertThat(run("--types=I8").err()).contains("no kernel multiplies with I8");
    assertThat(run("--types=Q4_K", "--columns=32").err()).contains("no multiple of 256");
    assertThat(run("--types=F32", "--rows=9999").err()).contains("does not hold a matrix of F32");
    assertThat(run("--threads=0").err()).contains("--threads");
    assertThat(run("--peak-gops=0").err()).contains("--peak-gops");
    assertThat(run("--seconds=0").exit()).isEqualTo(2);
  }

  @Test
  void readsAllOfTheMemory() {
    try (Arena arena = Arena.ofConfined()) {
      long bytes = 3 * ReadBandwidth.STEP;
      MemorySegment memory = RandomWeights.bytes(bytes, arena, new SplittableRandom(7));
      long sum = 0;
      for (long at = 0; at < bytes; at += Long.BYTES) {
        sum += memory.get(ValueLayout.JAVA_LONG, at);
      }
      assertThat(ReadBandwidth.sum(memory)).isEqualTo(sum);
    }
  }

  @Test
  void matricesFollowEachOtherThroughTheMemory() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = RandomWeights.bytes(1000, arena, new SplittableRandom(7));
      // 3 rows of 4 blocks of 18 bytes are 216; they start at multiples of 64.
      List<Weights> matrices = RandomWeights.fill(memory, TensorType.Q4_0, 3, 128, arena);
      assertThat(matrices.stream().map(w -> w.data().address() - memory.address()))
          .containsExactly(0L, 256L, 512L, 768L);
    }
  }
}
