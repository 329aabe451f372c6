package io.longhaul.benchmarks.depth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.longhaul.benchmarks.slice.SmallSlice;
import io.longhaul.engine.cache.CacheLayout;
import io.longhaul.engine.cache.CacheLayout.Plane;
import io.longhaul.engine.cache.KvCache;
import io.longhaul.engine.json.Json;
import io.longhaul.engine.model.PassObserver;
import io.longhaul.engine.tensor.TensorType;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DepthBenchmarkTest {
  @TempDir private Path folder;

  @Test
  void eachDepthIsALine() throws IOException {
    Path model = SmallSlice.write(folder);
    var out = new StringWriter();
    var command = DepthBenchmark.command().setOut(new PrintWriter(out));
    int exit =
        command.execute(
            "--depths=500,200", "--decode=3", "--prefill=8", "--warm-up=0", "--json", "" + model);
    assertThat(exit).isZero();
    List<String> lines = out.toString().lines().toList();
    assertThat(lines).hasSize(2);
    for (int i = 0; i < 2; i++) {
      Map<String, Object> line =
          Json.readObject("output", lines.get(i).getBytes(StandardCharsets.UTF_8));
      assertThat(((Number) line.get("depth")).intValue()).isEqualTo(i == 0 ? 200 : 500);
      List<?> seconds = (List<?>) line.get("decode_seconds");
      assertThat(seconds).hasSize(3);
      double mean =
          seconds.stream().mapToDouble(s -> ((Number) s).doubleValue()).average().orElse(0);
      Map<?, ?> stages = (Map<?, ?>) line.get("stages");
      assertThat(stages).hasSize(6);
      double sum = stages.values().stream().mapToDouble(s -> ((Number) s).doubleValue()).sum();
      // All that is not in a stage is the loop of the benchmark itself.
      assertThat(sum).isPositive().isLessThanOrEqualTo(mean);
      assertThat(((Number) ((Map<?, ?>) line.get("prefill")).get("tokens")).intValue())
          .isEqualTo(8);
      assertThat(((Number) line.get("peak_bytes")).longValue())
          .isGreaterThan(((Number) line.get("cache_bytes")).longValue());
    }
  }

  @Test
  void tokensAttendToMadeUpPositions() throws IOException {
    Path file = SmallSlice.write(folder);
    List<int[]> selections = new ArrayList<>();
    try (LoadedDecoder model = LoadedDecoder.load(file, 2);
        var cache = new KvCache(model.decoder().cacheLayout(TensorType.F16, false));
        var filler = new SyntheticCache();
        var pass = model.decoder().newPass(model.compute(), 1)) {
      filler.fill(cache, 1000);
      filler.fill(cache, 3000);
      pass.observe(
          new PassObserver() {
            @Override
            public void selected(int layer, int position, int[] positions) {
              assertThat(position).isEqualTo(3000);
              selections.add(positions.clone());
            }
          });
      pass.forward(new int[] {7}, 0, 1, cache);
      assertThat(cache.length()).isEqualTo(3001);
    }
    // Three layers select for themselves, each 64 positions from all over the cache.
    assertThat(selections).hasSize(3);
    for (int[] positions : selections) {
      assertThat(positions).hasSize(64);
      assertThat(positions[0]).isLessThan(500);
      assertThat(positions[63]).isGreaterThan(2500);
    }
  }

  @Test
  void madeUpRowsAreDifferentAndOfDeviationOne() {
    var layout = new CacheLayout(List.of(Plane.rows(1, 32, TensorType.F32)));
    try (var cache = new KvCache(layout);
        var filler = new SyntheticCache()) {
      filler.fill(cache, 5000);
      Set<Float> first = new HashSet<>();
      double squares = 0;
      for (int position = 0; position < 5000; position++) {
        var pages = cache.plane(0);
        MemorySegment page = pages.page(position);
        long at = pages.rowOffset(position);
        float value = page.get(ValueLayout.JAVA_FLOAT, at);
        first.add(value);
        squares += (double) value * value;
      }
      assertThat(first).hasSizeGreaterThan(4900);
      assertThat(Math.sqrt(squares / 5000)).isCloseTo(1, within(0.05));
    }
  }

  @Test
  void aModelThatFitsIsInMemoryAfterItsFirstTokens() throws IOException {
    var out = new StringWriter();
    int exit =
        BiggerThanMemory.command()
            .setOut(new PrintWriter(out))
            .execute("--tokens=40", "--lines=2", "" + SmallSlice.write(folder));
    assertThat(exit).isZero();
    byte[] last = out.toString().lines().toList().getLast().getBytes(StandardCharsets.UTF_8);
    Map<String, Object> line = Json.readObject("output", last);
    assertThat(((Number) line.get("tokens_per_second")).doubleValue()).isPositive();
    assertThat(((Number) line.get("resident_experts")).doubleValue()).isBetween(0.5, 1.0);
  }

  @Test
  void aFileThatIsNoModelIsALine() throws IOException {
    Path file = Files.writeString(folder.resolve("notes.gguf"), "no model");
    var err = new StringWriter();
    int exit = DepthBenchmark.command().setErr(new PrintWriter(err)).execute("" + file);
    assertThat(exit).isEqualTo(1);
    assertThat(err.toString().lines()).hasSize(1).first().asString().contains("notes.gguf");
  }

  @Test
  void pagesJustReadAreInMemory() throws IOException {
    try (LoadedDecoder model = LoadedDecoder.load(SmallSlice.write(folder), 1)) {
      model.file().tensors().forEach(tensor -> tensor.data().toArray(ValueLayout.JAVA_BYTE));
      assertThat(PageResidency.share(model.file(), tensor -> true)).isEqualTo(1);
      assertThat(model.weightBytes()).isPositive();
    }
  }
}
