package io.longhaul.engine.kernel.machine;

import static io.longhaul.engine.kernel.vector.NativeMemory.readable;
import static io.longhaul.engine.kernel.vector.NativeMemory.writable;

import io.longhaul.engine.tensor.FloatMatrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;
import java.util.stream.Stream;

/** Norms, activations and sums of rows in assembled code. */
final class AssembledRows {
  /** Floats of a vector; rows are padded to whole ones of any machine. */
  private static final int LANES =
      InstructionSet.here().map(InstructionSet::lanes).orElse(FloatMatrix.ALIGNMENT);

  private static final Optional<MethodHandle> ADD = ExecutableMemory.link(RowCode::add, 3);
  private static final Optional<MethodHandle> NORM = ExecutableMemory.link(RowCode::rmsNorm, 5);
  private static final Optional<MethodHandle> SILU =
      ExecutableMemory.link(RowCode::siluMultiply, 4);
  private static final Optional<MethodHandle> GELU =
      ExecutableMemory.link(RowCode::geluMultiply, 4);
  private static final boolean LINKED =
      Stream.of(ADD, NORM, SILU, GELU).allMatch(Optional::isPresent);

  // Handles are constants, which the JIT compiler turns into plain calls.
  private static final MethodHandle ADD_CALL = ADD.orElse(null);
  private static final MethodHandle NORM_CALL = NORM.orElse(null);
  private static final MethodHandle SILU_CALL = SILU.orElse(null);
  private static final MethodHandle GELU_CALL = GELU.orElse(null);

  /** Where a thread hands over the constants of a norm. */
  private static final ThreadLocal<MemorySegment> CONSTANTS =
      ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(2 * Float.BYTES, Long.BYTES));

  private AssembledRows() {}

  /** Whether there is code for rows of this many floats; its loops run once at least. */
  static boolean handles(int columns) {
    return LINKED && columns > 0;
  }

  /** Whether a stretch is whole vectors, as the norm needs it. */
  static boolean norms(int count) {
    return handles(count) && count % LANES == 0;
  }

  static void add(FloatMatrix x, int row, FloatMatrix delta, int deltaRow) {
    long to = writable(x.segment(), x.offset(row), x.rowBytes());
    long from = readable(delta.segment(), delta.offset(deltaRow), x.rowBytes());
    try {
      ADD_CALL.invokeExact(to, from, vectors(x));
    } catch (Throwable e) {
      throw AssembledCode.unexpected(e);
    }
  }

  static void siluMultiply(FloatMatrix gate, FloatMatrix up, int row) {
    long gates = writable(gate.segment(), gate.offset(row), gate.rowBytes());
    long ups = readable(up.segment(), up.offset(row), gate.rowBytes());
    try {
      SILU_CALL.invokeExact(gates, ups, vectors(gate), ExponentialCode.table());
    } catch (Throwable e) {
      throw AssembledCode.unexpected(e);
    }
  }

  static void geluMultiply(FloatMatrix gate, FloatMatrix up, int row) {
    long gates = writable(gate.segment(), gate.offset(row), gate.rowBytes());
    long ups = readable(up.segment(), up.offset(row), gate.rowBytes());
    try {
      GELU_CALL.invokeExact(gates, ups, vectors(gate), ExponentialCode.table());
    } catch (Throwable e) {
      throw AssembledCode.unexpected(e);
    }
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
    try {
      NORM_CALL.invokeExact(from, (long) count / LANES, weights, to, constants.address());
    } catch (Throwable e) {
      throw AssembledCode.unexpected(e);
    }
  }

  private static long vectors(FloatMatrix x) {
    return (long) FloatMatrix.padded(x.columns()) / LANES;
  }
}
