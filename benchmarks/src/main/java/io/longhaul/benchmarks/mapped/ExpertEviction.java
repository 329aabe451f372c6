package io.longhaul.benchmarks.mapped;

import io.longhaul.engine.file.ModelFile;
import io.longhaul.engine.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * Imitates a memory that is too small: before a token, each expert's weights are forgotten with
 * some probability, whatever the machine's memory would hold.
 */
final class ExpertEviction implements AutoCloseable {
  /** One of an expert's matrices. */
  private record Matrix(long offset, long bytes) {}

  private final Eviction eviction;
  private final List<List<Matrix>> experts;

  ExpertEviction(Path gguf) throws IOException {
    experts = experts(gguf);
    eviction = new Eviction(gguf);
  }

  private static List<List<Matrix>> experts(Path gguf) {
    var experts = new TreeMap<String, List<Matrix>>();
    try (ModelFile file = ModelFile.open(gguf)) {
      if (file.mappings().size() != 1) {
        throw new IllegalArgumentException(gguf + ": in several files; one GGUF is expected");
      }
      long base = file.mappings().getFirst().address();
      for (Tensor tensor : file.tensors()) {
        // blk.3.ffn_gate_exps.weight [experts, rows, columns]
        if (tensor.name().endsWith("_exps.weight")) {
          String layer = tensor.name().substring(0, tensor.name().indexOf(".ffn"));
          long count = tensor.shape().getFirst();
          long bytes = tensor.data().byteSize() / count;
          for (long e = 0; e < count; e++) {
            experts
                .computeIfAbsent(layer + "." + e, key -> new ArrayList<>())
                .add(new Matrix(tensor.data().address() - base + e * bytes, bytes));
          }
        }
      }
    }
    if (experts.isEmpty()) {
      throw new IllegalArgumentException(gguf + ": a GGUF with experts is expected");
    }
    return List.copyOf(experts.values());
  }

  /**
   * Forgets each expert with the given probability; at its ends somewhat less, since Linux keeps
   * pages in groups and forgets whole groups alone.
   */
  void forget(double share, SplittableRandom random) throws IOException {
    // Neighbours become one range, so that groups across their border go as well.
    var ends = new TreeMap<Long, Long>();
    for (List<Matrix> expert : experts) {
      if (random.nextDouble() < share) {
        expert.forEach(matrix -> ends.put(matrix.offset, matrix.offset + matrix.bytes));
      }
    }
    while (!ends.isEmpty()) {
      var range = ends.pollFirstEntry();
      long end = range.getValue();
      for (Long next = ends.remove(end); next != null; next = ends.remove(end)) {
        end = next;
      }
      eviction.range(range.getKey(), end - range.getKey());
    }
  }

  @Override
  public void close() {
    eviction.close();
  }
}
