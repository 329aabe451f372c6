package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.IndexScores;
import io.longhaul.engine.kernel.vector.MachineCode;
import io.longhaul.engine.kernel.vector.VectorWidth;
import io.longhaul.engine.tensor.TensorType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Inner loops in machine code that the engine assembles itself, for x86-64 with AVX-512 under
 * Linux, entered by critical downcalls: what the Vector API cannot express (conversions within a
 * load, a register file in use as a whole, prefetches). Each is assembled when a model first needs
 * it, because linking costs a start some milliseconds. Where the system refuses executable memory,
 * the vector twin's loops serve.
 */
public final class AssembledCode implements MachineCode {
  private static final Path CPU_INFO = Path.of("/proc/cpuinfo");
  private static final Set<String> FEATURES = Set.of("avx512f", "avx512bw", "avx512vl");

  /** Whether the processor adds up products of shorts in ints. */
  private static final boolean INT_SUMS = processorFeatures().contains("avx512_vnni");

  /** Whether it permutes the bytes of whole vectors. */
  private static final boolean BYTE_PERMUTATIONS = processorFeatures().contains("avx512_vbmi");

  /** GLM-5's indexer, whose shape the code has in it. */
  private static final int INDEX_HEADS = 32;

  private static final int INDEX_HEAD_DIM = 128;
  private static final int PAGE_SIZE = 128;

  /** Handles are constants, which the JIT compiler turns into plain calls. */
  private static final class Scores {
    static final Optional<MethodHandle> CODE =
        ExecutableMemory.link(IndexScoresCode.of(INDEX_HEADS, INDEX_HEAD_DIM, PAGE_SIZE), 5);
    static final MethodHandle CALL = CODE.orElse(null);
  }

  private static final class Lines {
    static final Optional<MethodHandle> CODE = ExecutableMemory.link(PrefetchCode.lines(), 2);
    static final MethodHandle CALL = CODE.orElse(null);
  }

  /** Whether this processor and system can run the code; nothing is assembled yet. */
  public static boolean isPossible() {
    return System.getProperty("os.name").equals("Linux")
        && System.getProperty("os.arch").equals("amd64")
        && VectorWidth.BITS == 512
        && processorFeatures().containsAll(FEATURES);
  }

  private static List<String> processorFeatures() {
    try (var lines = Files.lines(CPU_INFO)) {
      return lines
          .filter(line -> line.startsWith("flags"))
          .findFirst()
          .map(line -> List.of(line.substring(line.indexOf(':') + 1).trim().split(" ")))
          .orElse(List.of());
    } catch (IOException | UncheckedIOException e) {
      return List.of(); // a system that does not tell gets the vector twin
    }
  }

  @Override
  public Optional<MachineCode.Rows> rows(TensorType type) {
    return RowSums.of(type);
  }

  /** Whether the processor adds up products of shorts in ints. */
  static boolean hasIntSums() {
    return INT_SUMS;
  }

  /** Whether the processor permutes the bytes of whole vectors. */
  static boolean hasBytePermutations() {
    return BYTE_PERMUTATIONS;
  }

  @Override
  public Optional<PageScores> pageScores(IndexScores scores) {
    boolean known =
        scores.heads() == INDEX_HEADS
            && scores.headDim() == INDEX_HEAD_DIM
            && scores.keys().pageSize() == PAGE_SIZE
            && scores.keys().type() == TensorType.F16;
    return known ? Scores.CODE.map(code -> AssembledCode::score) : Optional.empty();
  }

  private static void score(long keys, long queries, long weights, long out, long nextKeys) {
    try {
      Scores.CALL.invokeExact(keys, queries, weights, out, nextKeys);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  @Override
  public void prefetch(long address, long bytes) {
    if (bytes <= 0 || Lines.CODE.isEmpty()) {
      return;
    }
    long lines = Math.ceilDiv(bytes + address % PrefetchCode.LINE, (long) PrefetchCode.LINE);
    try {
      Lines.CALL.invokeExact(address, lines);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  static RuntimeException unexpected(Throwable thrown) {
    return switch (thrown) {
      case Error e -> throw e;
      case RuntimeException e -> e;
      default -> new IllegalStateException("assembled code has thrown", thrown);
    };
  }
}
