package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.IndexScores;
import io.longhaul.engine.kernel.LatentAttention;
import io.longhaul.engine.kernel.Scratch;
import io.longhaul.engine.kernel.vector.MachineCode;
import io.longhaul.engine.tensor.TensorType;
import java.util.Optional;

/**
 * Inner loops in machine code that the engine assembles itself, for x86-64 with AVX-512 or AVX2
 * under Linux, entered by critical downcalls: what the Vector API cannot express (conversions
 * within a load, a register file in use as a whole, prefetches). Each is assembled when a model
 * first needs it, because linking costs a start some milliseconds. Where the system refuses
 * executable memory, the vector twin's loops serve.
 */
public final class AssembledCode implements MachineCode {
  /** GLM-5's indexer, whose shape the code has in it. */
  private static final int INDEX_HEADS = 32;

  private static final int INDEX_HEAD_DIM = 128;
  private static final int PAGE_SIZE = 128;

  /** Constants, which the JIT compiler turns into plain calls. */
  private static final class Scores {
    static final Optional<Entry> CODE =
        ExecutableMemory.linkAvx512(
            () -> IndexScoresCode.of(INDEX_HEADS, INDEX_HEAD_DIM, PAGE_SIZE));
    static final Entry CALL = CODE.orElse(null);
  }

  private static final class Lines {
    static final Optional<Entry> CODE = ExecutableMemory.link(PrefetchCode.lines());
    static final Entry CALL = CODE.orElse(null);
  }

  /** Whether this processor and system can run the code; nothing is assembled yet. */
  public static boolean isPossible() {
    return InstructionSet.here().isPresent();
  }

  @Override
  public Optional<MachineCode.Rows> rows(TensorType type) {
    return RowSums.of(type);
  }

  /** Whether the processor adds up products of shorts, and of bytes, in ints. */
  static boolean hasIntSums() {
    return InstructionSet.isAvx512() && InstructionSet.has("avx512_vnni");
  }

  /** Whether the processor permutes the bytes of whole vectors. */
  static boolean hasBytePermutations() {
    return InstructionSet.isAvx512() && InstructionSet.has("avx512vbmi");
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
    Scores.CALL.run(keys, queries, weights, out, nextKeys);
  }

  @Override
  public Optional<LatentBlocks> latentBlocks(LatentAttention attention, Scratch scratch) {
    return AssembledLatentBlocks.of(attention, scratch);
  }

  @Override
  public void prefetch(long address, long bytes) {
    if (bytes <= 0 || Lines.CODE.isEmpty()) {
      return;
    }
    long lines = Math.ceilDiv(bytes + address % PrefetchCode.LINE, (long) PrefetchCode.LINE);
    Lines.CALL.run(address, lines);
  }
}
