package io.longhaul.benchmarks.mapped;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.longhaul.engine.file.GgufWriter;
import io.longhaul.engine.file.ModelFile;
import io.longhaul.engine.file.PageCache;
import io.longhaul.engine.tensor.Tensor;
import io.longhaul.engine.tensor.TensorType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The files lie in the build's folder: one for temporary files may be memory itself. */
class EvictionTest {
  private static final int EXPERTS = 4;
  private static final long BYTES = 4 << 20;

  private Path path;
  private ModelFile file;
  private PageCache cache;

  @BeforeEach
  void write() throws IOException {
    path = Files.createTempFile(Path.of("target"), "experts", ".gguf");
    new GgufWriter()
        .tensor(tensor("blk.0.attn_output.weight", 1))
        .tensor(tensor("blk.0.ffn_gate_exps.weight", EXPERTS))
        .tensor(tensor("blk.0.ffn_up_exps.weight", EXPERTS))
        .tensor(tensor("blk.0.ffn_down_exps.weight", EXPERTS))
        .write(path);
    file = ModelFile.open(path);
    cache = new PageCache(file.mappings());
  }

  private static Tensor tensor(String name, long count) {
    byte[] data = new byte[Math.toIntExact(count * BYTES)];
    new SplittableRandom(count).nextBytes(data);
    return new Tensor(
        name, TensorType.I8, List.of(count, BYTES >> 10, 1L << 10), MemorySegment.ofArray(data));
  }

  @AfterEach
  void delete() throws IOException {
    file.close();
    Files.delete(path);
  }

  @Test
  void whatIsForgottenIsReadAgain() throws IOException {
    MemorySegment whole = file.mappings().getFirst();
    long sum = touch(whole);
    assertThat(pagesOf(whole)).isEqualTo(cache.pages(whole));
    try (var eviction = new Eviction(path)) {
      eviction.all();
      assertThat(pagesOf(whole)).isZero();
      assertThat(touch(whole)).isEqualTo(sum);
      assertThat(pagesOf(whole)).isEqualTo(cache.pages(whole));
    }
  }

  @Test
  void expertsAreForgottenAsAWholeAndTheRestStays() throws IOException {
    MemorySegment whole = file.mappings().getFirst();
    touch(whole);
    try (var eviction = new ExpertEviction(path)) {
      eviction.forget(0, new SplittableRandom(1));
      assertThat(pagesOf(whole)).isEqualTo(cache.pages(whole));
      eviction.forget(1, new SplittableRandom(1));
      MemorySegment attention = file.tensor("blk.0.attn_output.weight").orElseThrow().data();
      assertThat(pagesOf(attention)).isEqualTo(cache.pages(attention));
      for (String part : List.of("gate", "up", "down")) {
        MemorySegment experts =
            file.tensor("blk.0.ffn_" + part + "_exps.weight").orElseThrow().data();
        // A group of pages that reaches into a neighbour's may stay.
        assertThat(pagesOf(experts)).isLessThan(cache.pages(experts) / 4);
      }
    }
  }

  @Test
  void wantsExperts() throws IOException {
    Path dense = Files.createTempFile(Path.of("target"), "dense", ".gguf");
    try {
      new GgufWriter().tensor(tensor("blk.0.attn_output.weight", 1)).write(dense);
      assertThatThrownBy(() -> new ExpertEviction(dense)).hasMessageContaining("with experts");
    } finally {
      Files.delete(dense);
    }
  }

  private long pagesOf(MemorySegment part) {
    return cache.pagesInMemory(part).orElseThrow();
  }

  private static long touch(MemorySegment bytes) {
    long sum = 0;
    for (long at = 0; at < bytes.byteSize(); at += 4096) {
      sum += bytes.get(ValueLayout.JAVA_BYTE, at);
    }
    return sum;
  }
}
