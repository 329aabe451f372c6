package io.longhaul.engine.kernel.machine;

import static io.longhaul.engine.kernel.vector.NativeMemory.readable;
import static io.longhaul.engine.kernel.vector.NativeMemory.writable;

import io.longhaul.engine.kernel.Weights;
import io.longhaul.engine.tensor.FloatMatrix;
import io.longhaul.engine.tensor.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The code of {@link RowDecodeCode}, {@link RowDecodeAvx2Code} or {@link GridDecodeCode} for a type
 * of weights, assembled when a model first needs it.
 *
 * @param columnsAtOnce columns come in multiples of these
 */
record RowDecodes(int columnsAtOnce, Entry code) {
  static final int ROWS = RowSumsCode.ROWS;

  private static final long ALIGNMENT = 64;

  /** Bytes that a call needs to work in. */
  static final int SCRATCH_BYTES = RowSumsCode.WORK_BYTES;

  private static final Map<TensorType, Optional<RowDecodes>> BY_TYPE = new ConcurrentHashMap<>();

  /** Empty where there is no code for a type, or where the system refuses executable memory. */
  static Optional<RowDecodes> of(TensorType type) {
    // Asked for with every eight rows: the map's lambda would be compiled into each caller.
    Optional<RowDecodes> known = BY_TYPE.get(type);
    return known != null ? known : BY_TYPE.computeIfAbsent(type, RowDecodes::assemble);
  }

  private static Optional<RowDecodes> assemble(TensorType type) {
    return InstructionSet.here()
        .flatMap(
            set ->
                switch (set) {
                  case AVX512 ->
                      RowSums.step(type).flatMap(s -> link(s.columns(), RowDecodeCode.of(s)));
                  case AVX2 ->
                      DecodeAvx2Step.of(type)
                          .flatMap(s -> link(s.columns(), RowDecodeAvx2Code.of(s)))
                          .or(
                              () ->
                                  GridAvx2Products.of(type)
                                      .flatMap(s -> link(s.columns(), GridDecodeCode.of(s))));
                });
  }

  private static Optional<RowDecodes> link(int columns, byte[] code) {
    return ExecutableMemory.linkOwn(code).map(c -> new RowDecodes(columns, c));
  }

  /** Decodes a part of eight rows; all addresses have been checked. */
  void decode(
      long weights, long rowBytes, int columns, long floats, long floatsStride, long scratch) {
    code.run(weights, rowBytes, columns / columnsAtOnce, floats, scratch, floatsStride);
  }

  /** Decodes one row to a row of floats; false where its columns are no whole steps. */
  boolean decodeRow(Weights weights, int row, FloatMatrix out, int outRow) {
    int columns = weights.columns();
    if (columns == 0 || columns % columnsAtOnce != 0) {
      return false;
    }
    long rowBytes = weights.rowBytes();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment scratch = arena.allocate(SCRATCH_BYTES, ALIGNMENT);
      long from = readable(weights.data(), row * rowBytes, rowBytes);
      long to = writable(out.segment(), out.offset(outRow), (long) columns * Float.BYTES);
      // The code's eight rows are all this one: to look one up is a small part of a token's work.
      decode(from, 0, columns, to, 0, scratch.address());
    }
    return true;
  }
}
