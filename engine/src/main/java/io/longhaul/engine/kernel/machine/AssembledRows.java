package io.longhaul.engine.kernel.machine;

import static io.longhaul.engine.kernel.vector.NativeMemory.readable;
import static io.longhaul.engine.kernel.vector.NativeMemory.writable;

import io.longhaul.engine.tensor.FloatMatrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import java.util.stream.Stream;

/** Norms, activations and sums of rows in assembled code. */
final class AssembledRows {
  /** Floats of a vector; rows are padded to whole ones of any machine. */
  private static final int LANES =
      InstructionSet.here().map(InstructionSet::lanes).orElse(FloatMatrix.ALIGNMENT);

  private static final Optional<Entry> COPY = ExecutableMemory.link(RowCode::copy);
  private static final Optional<Entry> ADD = ExecutableMemory.link(RowCode::add);
  private static final Optional<Entry> NORM = ExecutableMemory.link(RowCode::rmsNorm);
  private static final Optional<Entry> SILU = ExecutableMemory.link(RowCode::siluMultiply);
  private static final Optional<Entry> GELU = ExecutableMemory.link(RowCode::geluMultiply);
  private static final boolean LINKED =
      Stream.of(COPY, ADD, NORM, SILU, GELU).allMatch(Optional::isPresent);

  // Constants, which the JIT compiler turns into plain calls.
  private static final Entry COPY_CALL = COPY.orElse(null);
  private static final Entry ADD_CALL = ADD.orElse(null);
  private static final Entry NORM_CALL = NORM.orElse(null);
  private static final Entry SILU_CALL = SILU.orElse(null);
  private static final Entry GELU_CALL = GELU.orElse(null);

  /** Where a thread hands over the constants of a norm. */
  private static final ThreadLocal<MemorySegment> CONSTANTS =
      ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(2 * Float.BYTES, Long.BYTES));

  private AssembledRows() {}

  /** Whether there is code for rows of this many floats; its loops run once at least. */
  static boolean handles(int columns) {
    return LINKED && columns > 0;
  }

  /** Whether a stretch is whole vectors, as the norm needs it. */
  static boolean isWholeVectors(int count) {
    return handles(count) && count % LANES == 0;
  }

  /**
   * Copies parts of rows.
   *
   * @param count floats of a part
   * @param parts how many, one at least
   * @param fromBytes from a part to the next
   * @param toBytes from where a part goes to where the next goes
   */
  static void copy(
      MemorySegment from,
      long fromOffset,
      long fromBytes,
      MemorySegment to,
      long toOffset,
      long toBytes,
      int count,
      int parts) {
    long bytes = (long) count * Float.BYTES;
    if (!isWholeVectors(count)) {
      for (int i = 0; i < parts; i++) {
        MemorySegment.copy(from, fromOffset + i * fromBytes, to, toOffset + i * toBytes, bytes);
      }
      return;
    }
    long source = readable(from, fromOffset, (parts - 1) * fromBytes + bytes);
    long target = writable(to, toOffset, (parts - 1) * toBytes + bytes);
    COPY_CALL.run(source, fromBytes, target, toBytes, count / LANES, parts);
  }

  static void add(FloatMatrix x, int row, FloatMatrix delta, int deltaRow) {
    long to = writable(x.segment(), x.offset(row), x.rowBytes());
    long from = readable(delta.segment(), delta.offset(deltaRow), x.rowBytes());
    ADD_CALL.run(to, from, vectors(x));
  }

  static void siluMultiply(FloatMatrix gate, FloatMatrix up, int row) {
    long gates = writable(gate.segment(), gate.offset(row), gate.rowBytes());
    long ups = readable(up.segment(), up.offset(row), gate.rowBytes());
    SILU_CALL.run(gates, ups, vectors(gate), ExponentialCode.table());
  }

  static void geluMultiply(FloatMatrix gate, FloatMatrix up, int row) {
    long gates = writable(gate.segment(), gate.offset(row), gate.rowBytes());
    long ups = readable(up.segment(), up.offset(row), gate.rowBytes());
    GELU_CALL.run(gates, ups, vectors(gate), ExponentialCode.table());
  }

  static void rmsNorm(
      FloatMatrix x,
      int row,
      int firstColumn,
      int count,
      FloatMatrix weight,
      float epsilon,
      FloatMatrix out) {
    long bytes = (long) count * Float.BYTES;
    long column = (long) firstColumn * Float.BYTES;
    long from = readable(x.segment(), x.offset(row) + column, bytes);
    long to = writable(out.segment(), out.offset(row) + column, bytes);
    long weights = readable(weight.segment(), 0, bytes);
    MemorySegment constants = CONSTANTS.get();
    constants.set(ValueLayout.JAVA_FLOAT, 0, epsilon);
    constants.set(ValueLayout.JAVA_FLOAT, Float.BYTES, 1f / count);
    NORM_CALL.run(from, (long) count / LANES, weights, to, constants.address());
  }

  private static long vectors(FloatMatrix x) {
    return (long) FloatMatrix.padded(x.columns()) / LANES;
  }
}
